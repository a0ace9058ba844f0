using Microsoft.CodeAnalysis;
using StickGen.Generators.Deployment;

namespace StickGen.Generators.Tests.Deployment;

/// <summary>What the user feels while typing: an edit runs only the steps that it concerns.</summary>
public sealed class LoaderCachingTests
{
    private const string Source = """
        using StickGen;

        [DeployedModel("a.model.json")]
        public sealed partial class A;

        [DeployedModel("b.model.json")]
        public sealed partial class B;
        """;

    private static readonly string[] Steps = [DeployedModelGenerator.ClassStep, DeployedModelGenerator.SignatureStep, DeployedModelGenerator.LoaderStep];

    private static readonly AdditionalText[] Files =
    [
        new MemoryText("a.model.json", Signatures.LeNet5),
        new MemoryText("b.model.json", Signatures.TwoInputs),
    ];

    [Fact]
    public void An_unrelated_edit_runs_nothing()
    {
        var app = LoaderDriver.App(Source);
        var driver = LoaderDriver.Create(Files).RunGenerators(app)
            .RunGenerators(app.AddSyntaxTrees(LoaderDriver.Tree("class Unrelated;", "Unrelated.cs")));

        var result = Assert.Single(driver.GetRunResult().Results);
        Assert.Equal(2, result.GeneratedSources.Length);
        Assert.All(Steps.SelectMany(step => Reasons(result, step)), AssertUnchanged);
        Assert.All(Outputs(result), AssertUnchanged);
    }

    [Fact]
    public void An_edit_elsewhere_in_the_file_of_a_class_emits_nothing()
    {
        var app = LoaderDriver.App(Source);
        var edited = app.ReplaceSyntaxTree(app.SyntaxTrees[0], LoaderDriver.Tree("// A comment.\n" + Source + "class Unrelated;", "App.cs"));
        var driver = LoaderDriver.Create(Files).RunGenerators(app).RunGenerators(edited);

        Assert.All(Outputs(Assert.Single(driver.GetRunResult().Results)), AssertUnchanged);
    }

    [Fact]
    public void An_edit_of_a_signature_emits_its_class_alone()
    {
        var app = LoaderDriver.App(Source);
        var edited = new MemoryText("b.model.json", Signatures.Reader("time"));
        var driver = LoaderDriver.Create(Files).RunGenerators(app).ReplaceAdditionalText(Files[1], edited).RunGenerators(app);

        var reasons = Outputs(Assert.Single(driver.GetRunResult().Results)).ToList();
        Assert.Single(reasons, IncrementalStepRunReason.Modified);
        Assert.Single(reasons, IncrementalStepRunReason.Cached);
    }

    private static IEnumerable<IncrementalStepRunReason> Reasons(GeneratorRunResult result, string step) =>
        result.TrackedSteps[step].SelectMany(run => run.Outputs).Select(output => output.Reason);

    private static IEnumerable<IncrementalStepRunReason> Outputs(GeneratorRunResult result) =>
        result.TrackedOutputSteps.SelectMany(step => step.Value).SelectMany(run => run.Outputs).Select(output => output.Reason);

    private static void AssertUnchanged(IncrementalStepRunReason reason) =>
        Assert.Contains(reason, new[] { IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged });
}
