using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;
using StickGen.Kinds;
using StickGen.Matching;

namespace StickGen.Capture.Rules;

/// <summary>
/// The rules of referenced assemblies, read from their metadata. The symbol of a referenced assembly stays the same while
/// the user types, so each assembly is read once.
/// </summary>
internal static class ReferencedRules
{
    private static readonly ConditionalWeakTable<IAssemblySymbol, Entry[]> Cache = new();

    /// <summary>The rules that can be used, in ordinal order of their names, and the ones that cannot be read.</summary>
    public static CaptureResult<VisibleRuleList> Read(Compilation compilation, CancellationToken cancellationToken)
    {
        var rules = new List<VisibleRule>();
        var problems = ImmutableArray.CreateBuilder<CaptureProblem>();
        foreach (var assembly in compilation.SourceModule.ReferencedAssemblySymbols)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var entry in Cache.GetValue(assembly, static a => [.. ReadAssembly(a)]))
            {
                if (!compilation.IsSymbolAccessibleWithin(entry.Type, compilation.Assembly))
                    continue;
                if (entry.Rule is { } rule)
                    rules.Add(rule);
                else
                    problems.Add(Problem(entry));
            }
        }

        return new(new(rules.OrderBy(rule => rule.Name, StringComparer.Ordinal).ToEquatableArray()), problems.ToImmutable());
    }

    private static IEnumerable<Entry> ReadAssembly(IAssemblySymbol assembly)
    {
        // Whoever has rules references StickGen, where the attribute is.
        if (!assembly.Modules.Any(module => module.ReferencedAssemblies.Any(reference => reference.Name == "StickGen")))
            yield break;
        foreach (var attribute in assembly.GetAttributes())
        {
            if (attribute is { AttributeClass: { } type, ConstructorArguments: { Length: 4 } arguments }
                && KnownTypes.Is(type, KnownTypes.CompiledRuleAttribute)
                && arguments[0].Value is int version
                && arguments[1].Value is INamedTypeSymbol rule)
            {
                yield return new(rule, Text(version), ReadRule(version, rule, arguments[2].Value, arguments[3].Value));
            }
        }
    }

    private static VisibleRule? ReadRule(int version, INamedTypeSymbol rule, object? benefit, object? pattern)
    {
        if (version != PatternText.Version || benefit is not (int and > 0 and var number) || pattern is not string text)
            return null;
        var identity = TypeIdentityParser.Parse(rule);
        return RulePattern.TryParse(text) is { } parsed && RulePattern.Parts(parsed.Root).OfType<PatternCall>().All(call => NodeKinds.Exists(call.Kind))
            ? new(identity.FullName, identity.Reference, number, parsed)
            : null;
    }

    private static CaptureProblem Problem(Entry entry) => entry.Version == Text(PatternText.Version)
        ? new(Descriptors.RuleDamaged, Location.None, [entry.Type.Name, entry.Type.ContainingAssembly.Name])
        : new(Descriptors.RuleVersion, Location.None, [entry.Type.Name, entry.Version, Text(PatternText.Version)]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Entry(INamedTypeSymbol Type, string Version, VisibleRule? Rule);
}
