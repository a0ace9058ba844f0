using System.Collections;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace StickGen.Generators.Tests.Verification;

/// <summary>Asserts that typing costs nothing: what an edit does not concern stays cached.</summary>
internal static class Caching
{
    /// <summary>Asserts that edits elsewhere leave every step as it was, and that no step holds on to the compilation.</summary>
    public static void AssertCached(GeneratorDriver driver, CSharpCompilation compilation)
    {
        var first = driver.GetRunResult().Results.Single();
        foreach (var value in first.TrackedSteps.Where(step => TrackingNames.All.Contains(step.Key)).SelectMany(step => step.Value)
            .SelectMany(step => step.Outputs).Select(output => output.Value))
        {
            AssertNoSymbols(value, new(ReferenceEqualityComparer.Instance), "step");
        }

        AssertUnchanged(driver, compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("class Elsewhere;", References.ParseOptions)), "in another file");

        var tree = compilation.SyntaxTrees.First();
        var start = tree.GetRoot().DescendantNodes().OfType<Microsoft.CodeAnalysis.CSharp.Syntax.BaseTypeDeclarationSyntax>().First().FullSpan.Start;
        var edited = tree.WithChangedText(tree.GetText().Replace(start, 0, "// A comment,\n// and a class.\ninternal static class Above;\n\n"));
        AssertUnchanged(driver, compilation.ReplaceSyntaxTree(tree, edited), "above the class");
    }

    private static void AssertUnchanged(GeneratorDriver driver, Compilation edited, string edit)
    {
        var result = driver.RunGenerators(edited).GetRunResult().Results.Single();
        foreach (var (name, steps) in result.TrackedSteps.Where(step => TrackingNames.All.Contains(step.Key)))
        {
            foreach (var reason in steps.SelectMany(step => step.Outputs).Select(output => output.Reason))
                Assert.True(reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, $"An edit {edit} made the step {name} {reason}.");
        }

        foreach (var reason in result.TrackedOutputSteps.SelectMany(step => step.Value).SelectMany(step => step.Outputs).Select(output => output.Reason))
            Assert.True(reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, $"An edit {edit} made an output {reason}.");
    }

    /// <summary>Walks everything a value holds, as the tests of System.Text.Json's generator do.</summary>
    private static void AssertNoSymbols(object? value, HashSet<object> visited, string path)
    {
        if (value is null || !visited.Add(value))
            return;
        Assert.False(value is Compilation or ISymbol or SyntaxNode or SyntaxTree or Location or SourceText, $"{path} holds a {value.GetType()}.");
        var type = value.GetType();
        if (type.IsPrimitive || type.IsEnum || type == typeof(string))
            return;
        if (value is IEnumerable items)
        {
            foreach (var item in items)
                AssertNoSymbols(item, visited, path + "[]");
            return;
        }

        for (var current = type; current is not null; current = current.BaseType)
        {
            foreach (var field in current.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                AssertNoSymbols(field.GetValue(value), visited, $"{path}.{field.Name}");
        }
    }
}
