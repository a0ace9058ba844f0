using StickGen.Capture.Diagnostics;

namespace StickGen.Capture.Deployment;

/// <summary>A loader class together with its signature, or with the reasons why it has none.</summary>
internal sealed record Loader(LoaderClass Class, SignatureFile? File, EquatableArray<LoaderProblem> Problems)
{
    /// <summary>How many of the additional files a message lists.</summary>
    private const int Listed = 5;

    /// <summary>Finds the signature of a class among the files whose names fit.</summary>
    /// <param name="loader">The class.</param>
    /// <param name="candidates">The files that <see cref="SignatureName.Matches"/> accepts, by path.</param>
    /// <param name="allPaths">Every additional file of the project, for the message.</param>
    public static Loader Resolve(LoaderClass loader, IReadOnlyList<SignatureFile> candidates, IEnumerable<string> allPaths)
    {
        if (candidates.Count == 0)
            return Failed(loader, new(DeployedModelDiagnostics.SignatureNotFound, loader.Name, loader.SignatureName, Seen(allPaths)));
        if (candidates.Count > 1)
            return Failed(loader, new(DeployedModelDiagnostics.SignatureAmbiguous, loader.Name, loader.SignatureName, Seen(candidates.Select(file => file.Path))));

        var found = candidates[0];
        if (found.Error is { UnsupportedFormat: { } format })
            return Failed(loader, new(DeployedModelDiagnostics.SignatureVersionUnsupported, loader.Name, found.Name, format, SignatureReader.Format));
        if (found.Error is { } error)
            return Failed(loader, new(DeployedModelDiagnostics.SignatureMalformed, loader.Name, found.Name, Text(error.Line), Text(error.Column), error.Reason));
        return new(loader, found, new([.. Clashes(loader, found.Signature!)]));
    }

    private static Loader Failed(LoaderClass loader, LoaderProblem problem) => new(loader, null, new([problem]));

    private static IEnumerable<LoaderProblem> Clashes(LoaderClass loader, ModelSignature signature)
    {
        foreach (var key in new LoaderMembers(signature).Keys)
        {
            foreach (var member in loader.Members.Append(loader.Name))
            {
                if (MemberKey.Clash(key, member))
                    yield return new(DeployedModelDiagnostics.LoaderMemberClash, loader.Name, member);
            }
        }
    }

    private static string Seen(IEnumerable<string> paths)
    {
        var seen = paths.OrderBy(path => path, StringComparer.Ordinal).ToList();
        if (seen.Count == 0)
            return "there are no additional files yet";
        var more = seen.Count > Listed ? $" and {seen.Count - Listed} more" : "";
        return $"the additional files are {string.Join(", ", seen.Take(Listed))}{more}";
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
