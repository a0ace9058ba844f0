using Microsoft.CodeAnalysis;
using StickGen.Generators.Tests.Deployment;

namespace StickGen.Generators.Tests.Analyzers;

/// <summary>What a user reads.</summary>
public sealed class DeployedModelAnalyzerTests
{
    private const string Digits = """[DeployedModel("lenet5.model.json")] public sealed partial class Digits;""";

    [Fact]
    public Task A_missing_signature_is_told_with_the_files_that_are_there() => Reports(
        Digits,
        """(1,2): error STK0201: The signature 'lenet5.model.json' of 'Digits' is not among the additional files of the project, so its loader cannot be emitted: add <AdditionalFiles Include="lenet5.model.json" /> to the project file (the additional files are a.txt, b.txt, c.txt, d.txt, e.txt and 1 more)""",
        [.. "fedcba".Select(name => ($"{name}.txt", ""))]);

    [Fact]
    public Task A_project_without_additional_files_is_told_so() => Reports(
        Digits,
        """(1,2): error STK0201: The signature 'lenet5.model.json' of 'Digits' is not among the additional files of the project, so its loader cannot be emitted: add <AdditionalFiles Include="lenet5.model.json" /> to the project file (there are no additional files yet)""");

    [Fact]
    public Task A_file_that_is_given_twice_is_one_file() => Reports(
        Digits, "", ("/app/lenet5.model.json", Signatures.LeNet5), ("/app/lenet5.model.json", Signatures.LeNet5));

    [Fact]
    public Task Files_of_one_name_are_told_apart_by_their_folders() => Reports(
        Digits,
        "(1,2): error STK0202: The signature 'lenet5.model.json' of 'Digits' fits several additional files, so it is not known which model is meant: name one by more of its path (the additional files are a/lenet5.model.json, b/lenet5.model.json)",
        ("/app/a/lenet5.model.json", Signatures.LeNet5), ("/app/b/lenet5.model.json", Signatures.LeNet5));

    [Fact]
    public Task A_mistake_is_told_with_its_line_and_column() => Reports(
        Digits,
        "(1,2): error STK0203: The signature of 'Digits' cannot be read, so its loader cannot be emitted: lenet5.model.json(2,3): expected ',' or '}', but there is '\"'. Use the file that Save wrote beside the model, unchanged.",
        ("models/lenet5.model.json", "{ \"format\": \"stickgen-model/1\"\n  \"model\""));

    [Fact]
    public Task A_clash_is_told_where_the_member_is() => Reports(
        """
        public class Base { public void Dispose() { } }

        [DeployedModel("lenet5.model.json")]
        public sealed partial class Digits : Base
        {
            private readonly int model = 1;

            public int Model => model;
        }
        """,
        """
        (4,29): error STK0207: 'Digits' has a member 'Dispose()', which the emitted loader declares as well: rename it, or move it to another class
        (6,26): error STK0207: 'Digits' has a member 'model', which the emitted loader declares as well: rename it, or move it to another class
        """,
        ("lenet5.model.json", Signatures.LeNet5));

    [Fact]
    public Task A_class_and_the_one_around_it_are_told_each() => Reports(
        """
        public class Outer
        {
            [DeployedModel("lenet5.model.json")]
            public class Digits;
        }
        """,
        """
        (4,18): error STK0205: 'Digits' is not partial, so the loader cannot be added to 'Digits': declare 'Digits' as partial
        (4,18): error STK0205: 'Outer' is not partial, so the loader cannot be added to 'Digits': declare 'Outer' as partial
        """,
        ("lenet5.model.json", Signatures.LeNet5));

    [Fact]
    public Task A_loader_that_was_emitted_does_not_clash_with_itself() => Reports(Digits, "", ("lenet5.model.json", Signatures.LeNet5));

    [Theory]
    [InlineData("[DeployedModel(null!)] public sealed partial class Digits;")]
    [InlineData("[DeployedModel(\"\")] public sealed partial class Digits;")]
    [InlineData("[DeployedModel] public sealed partial class Digits;")]
    [InlineData("[DeployedModel(42)] public sealed partial class Digits;")]
    public async Task An_attribute_that_names_nothing_finds_nothing(string source) =>
        Assert.Equal("STK0201", Assert.Single(await new UserCode(source, files: ("lenet5.model.json", Signatures.LeNet5)).AnalyzeAsync()).Id);

    private static async Task Reports(string source, string expected, params (string Path, string Text)[] files)
    {
        var reported = (await new UserCode(source, files: files).AnalyzeAsync())
            .OrderBy(diagnostic => diagnostic.Location.SourceSpan.Start)
            .ThenBy(diagnostic => diagnostic.GetMessage(), StringComparer.Ordinal)
            .Select(diagnostic => diagnostic.ToString().Replace("User.cs", "", StringComparison.Ordinal));
        Assert.Equal(expected.ReplaceLineEndings("\n"), string.Join('\n', reported));
    }
}
