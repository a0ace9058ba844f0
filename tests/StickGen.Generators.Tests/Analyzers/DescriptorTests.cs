using System.Reflection;
using Microsoft.CodeAnalysis;
using StickGen.Capture.Diagnostics;

namespace StickGen.Generators.Tests.Analyzers;

/// <summary>What holds for every rule.</summary>
public sealed class DescriptorTests
{
    public static IReadOnlyList<DiagnosticDescriptor> Declared { get; } = [.. Fields(typeof(Descriptors)), .. Fields(typeof(DeployedModelDiagnostics))];

    public static TheoryData<string> Ids => [.. Declared.Select(descriptor => descriptor.Id)];

    [Fact]
    public void Each_rule_is_reported_by_one_analyzer() => Assert.Equal(
        Declared.Select(descriptor => descriptor.Id).Order(),
        UserCode.Analyzers.SelectMany(analyzer => analyzer.SupportedDiagnostics).Select(descriptor => descriptor.Id).Order());

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_rule_can_be_suppressed_and_links_to_its_page(string id)
    {
        var descriptor = Declared.Single(descriptor => descriptor.Id == id);

        Assert.True(descriptor.IsEnabledByDefault);
        Assert.DoesNotContain(WellKnownDiagnosticTags.NotConfigurable, descriptor.CustomTags);
        Assert.Equal($"docs/rules/{id}.md", descriptor.HelpLinkUri);
    }

    private static IEnumerable<DiagnosticDescriptor> Fields(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetValue(null)).OfType<DiagnosticDescriptor>();
}
