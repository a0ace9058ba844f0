using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using StickGen.Cli.Sources;

namespace StickGen.Cli.Check;

/// <summary>Compiles the projects one after the other, and checks the classes of each.</summary>
internal static class CheckRun
{
    /// <summary>Checks all classes.</summary>
    /// <param name="inputs">The projects.</param>
    /// <param name="emit">A folder for the emitted files, each project's in one of its own; or <see langword="null"/>.</param>
    /// <exception cref="InputException">A file cannot be read or written.</exception>
    public static CheckReport Run(SourceInputs inputs, string? emit = null)
    {
        var results = new List<ClassResult>();
        var compiled = new Dictionary<string, Compilation>(StringComparer.Ordinal);
        foreach (var project in inputs.Projects)
        {
            var references = project.ProjectReferences.Where(compiled.ContainsKey).Select(path => compiled[path].ToMetadataReference());
            var (output, classes, emitted) = ProjectCheck.Run(Compile(project, references));
            if (emit is not null && !emitted.IsEmpty)
                EmittedFiles.Write(Path.Combine(emit, project.Name), emitted);
            compiled.Add(project.Path, output);
            results.AddRange(classes);
        }

        // A file can be part of several projects: what counts is where it is understood best.
        var distinct = results.GroupBy(result => (result.File, result.Line)).Select(group => group.MinBy(result => (result.Status, result.EmittedCompiles != true))!);
        return new(
            inputs.Root,
            [.. distinct.OrderBy(result => result.File, StringComparer.Ordinal).ThenBy(result => result.Line)],
            [.. inputs.Notes.Distinct(StringComparer.Ordinal)]);
    }

    private static CSharpCompilation Compile(SourceProject project, IEnumerable<MetadataReference> projectReferences)
    {
        var options = new CSharpParseOptions(project.Options.Language, DocumentationMode.Parse, SourceCodeKind.Regular, project.Options.Symbols);
        var usings = string.Concat(project.Options.Usings.Select(name => $"global using {name};\n"))
            + string.Concat(project.Options.Friends.Select(name => $"[assembly: System.Runtime.CompilerServices.InternalsVisibleTo({SymbolDisplay.FormatLiteral(name, quote: true)})]\n"));
        return CSharpCompilation.Create(
            project.Name,
            [
                .. project.Files.Select(file => CSharpSyntaxTree.ParseText(Read(file), options, file)),
                CSharpSyntaxTree.ParseText(usings, options, encoding: Encoding.UTF8),
            ],
            [.. References.Of(project), .. projectReferences],
            new(
                OutputKind.DynamicallyLinkedLibrary,
                allowUnsafe: true,
                nullableContextOptions: project.Options.Nullable,
                warningLevel: 9999,
                // The SDK silences these two in every project: a reference to an older version of an assembly.
                specificDiagnosticOptions: [new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)]));
    }

    private static SourceText Read(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return SourceText.From(stream, Encoding.UTF8);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the file '{file}' cannot be read: {exception.Message}");
        }
        catch (InvalidDataException exception)
        {
            throw new InputException($"the file '{file}' is not text: {exception.Message}");
        }
    }
}
