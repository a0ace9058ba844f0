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
    public static Loader Resolve(LoaderClass loader, IEnumerable<SignatureFile> candidates, IEnumerable<string> allPaths)
    {
        // A project may well name a file that is also included by default.
        var found = candidates.GroupBy(file => file.Path, StringComparer.Ordinal).Select(files => files.First()).ToList();
        if (found.Count == 0)
            return Failed(loader, new(DeployedModelDiagnostics.SignatureNotFound, loader.Name, loader.SignatureName, Seen(allPaths)));
        if (found.Count > 1)
            return Failed(loader, new(DeployedModelDiagnostics.SignatureAmbiguous, loader.Name, loader.SignatureName, Seen(found.Select(file => file.Path))));

        return FromFile(loader, found[0]);
    }

    private static Loader FromFile(LoaderClass loader, SignatureFile found)
    {
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
        var all = paths.Distinct(StringComparer.Ordinal).ToList();
        var seen = all.Select(path => SignatureName.Shortest(path, all)).OrderBy(name => name, StringComparer.Ordinal).ToList();
        if (seen.Count == 0)
            return "there are no additional files yet";
        var more = seen.Count > Listed ? $" and {seen.Count - Listed} more" : "";
        return $"the additional files are {string.Join(", ", seen.Take(Listed))}{more}";
    }

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
