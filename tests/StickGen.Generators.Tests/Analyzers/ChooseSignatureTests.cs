using StickGen.Generators.Tests.Deployment;
using Test = StickGen.Generators.Tests.Analyzers.FixTest<StickGen.Analyzers.DeployedModelAnalyzer, StickGen.CodeFixes.ChooseSignatureCodeFix>;

namespace StickGen.Generators.Tests.Analyzers;

public sealed class ChooseSignatureTests
{
    [Fact]
    public Task A_file_that_is_there_is_offered() => Test.Fixes(
        """[{|STK0201:DeployedModel("lenet.model.json")|}] partial class Digits;""",
        """[DeployedModel("lenet5.model.json")] partial class Digits;""",
        test => Add(test, "models/lenet5.model.json", "notes.txt"));

    [Fact]
    public Task The_name_that_is_offered_fits_one_file() => Test.Fixes(
        """[{|STK0202:DeployedModel(signature: "lenet5.model.json" /* small */)|}] partial class Digits;""",
        """[DeployedModel(signature: "b/lenet5.model.json" /* small */)] partial class Digits;""",
        test =>
        {
            Add(test, "models/a/lenet5.model.json", "models/b/lenet5.model.json");
            test.CodeActionIndex = 1;
        });

    [Fact]
    public Task Other_files_are_not_offered() => Test.Fixes(
        """[{|STK0201:DeployedModel("lenet.model.json")|}] partial class Digits;""",
        """[{|STK0201:DeployedModel("lenet.model.json")|}] partial class Digits;""",
        test => Add(test, "notes.txt"));

    private static void Add(Test test, params string[] paths)
    {
        foreach (var path in paths)
        {
            test.TestState.AdditionalFiles.Add((path, Signatures.LeNet5));
            test.FixedState.AdditionalFiles.Add((path, Signatures.LeNet5));
        }
    }
}
