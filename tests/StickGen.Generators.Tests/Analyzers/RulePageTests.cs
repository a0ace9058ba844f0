using Microsoft.CodeAnalysis;
using StickGen.Generators.Tests.Deployment;
using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Analyzers;

/// <summary>The pages do not lie: the bad example gives the diagnostic, the good one compiles and gives none.</summary>
public sealed class RulePageTests
{
    public static TheoryData<string> Ids => DescriptorTests.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_page_has_what_a_reader_needs(string id)
    {
        var page = RulePage.Read(id);

        Assert.StartsWith($"# {id}: ", page.Text, StringComparison.Ordinal);
        Assert.Contains("\n## Why it matters\n", page.Text, StringComparison.Ordinal);
        Assert.Contains("\n## How to suppress\n", page.Text, StringComparison.Ordinal);
        Assert.Contains($"`dotnet_diagnostic.{id}.severity = none`", page.Text, StringComparison.Ordinal);
        Assert.Contains($"| [{id}]({id}.md) |", File.ReadAllText(Path.Combine(RulePage.Folder, "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void There_is_no_page_without_a_rule() => Assert.Equal(
        DescriptorTests.Declared.Select(descriptor => descriptor.Id).Append("README").Order(),
        Directory.EnumerateFiles(RulePage.Folder, "*.md").Select(Path.GetFileNameWithoutExtension).Order()!);

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task The_bad_example_gives_the_diagnostic(string id)
    {
        var diagnostics = await Project(id, RulePage.Read(id).Bad, isBad: true).AnalyzeAsync();

        Assert.Equal(id, Assert.Single(diagnostics.Select(diagnostic => diagnostic.Id).Distinct()));
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task The_good_example_compiles_and_gives_nothing(string id)
    {
        var project = Project(id, RulePage.Read(id).Good, isBad: false);

        Assert.Empty(await project.AnalyzeAsync());
        Assert.Empty(project.Compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
    }

    private static UserCode Project(string id, RulePage.Example example, bool isBad)
    {
        string[] paths = example.AdditionalFiles.Count > 0 ? [.. example.AdditionalFiles] : ["lenet5.model.json"];
        var files = paths.Select(path => (path, example.Signature ?? Signatures.LeNet5)).ToArray();
        return id switch
        {
            // Its example is the rule pack, and it is the project that references the pack that is told.
            "STK0107" or "STK0109" => new("", [.. References.All, new UserCode(example.Source).Compilation.ToMetadataReference()]),
            "STK0208" when isBad => new(example.Source, References.Attributes, files),
            _ => new(example.Source, files: files),
        };
    }
}
