using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using StickGen.Capture;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;
using StickGen.Capture.Rules;

namespace StickGen.Analyzers;

/// <summary>What is captured of a compilation, which several analyzers ask for: each class is captured once.</summary>
internal sealed class Captures
{
    private static readonly ConditionalWeakTable<Compilation, Captures> Cache = new();

    private readonly Compilation compilation;
    private readonly ConcurrentDictionary<INamedTypeSymbol, CaptureResult<CapturedModel>> models = new(SymbolEqualityComparer.Default);
    private readonly ConcurrentDictionary<INamedTypeSymbol, CaptureResult<CapturedRule>> rules = new(SymbolEqualityComparer.Default);
    private VisibleRuleList? visibleRules;

    private Captures(Compilation compilation) => this.compilation = compilation;

    public static Captures Of(Compilation compilation) => Cache.GetValue(compilation, static c => new Captures(c));

    public CaptureResult<CapturedModel> Model(INamedTypeSymbol type, CancellationToken cancellationToken) =>
        models.GetOrAdd(type, _ => ModelCapture.Capture(type, compilation, cancellationToken, advise: true));

    public CaptureResult<CapturedRule> Rule(INamedTypeSymbol type, CancellationToken cancellationToken) =>
        rules.GetOrAdd(type, _ => RuleCapture.Capture(type, compilation, cancellationToken));

    /// <summary>The rules that models of the compilation are matched with.</summary>
    public VisibleRuleList VisibleRules(CancellationToken cancellationToken) => visibleRules ??= VisibleRuleList.Ordered(
        Marked(KnownTypes.RewriteRuleAttribute, cancellationToken)
            .Select(type => Rule(type, cancellationToken).Model).OfType<CapturedRule>().Where(rule => !rule.ReplacesModules).Select(VisibleRule.Of)
            .Concat(ReferencedRules.Read(compilation, cancellationToken).Model!.Rules));

    /// <summary>The classes of the compilation that carry an attribute.</summary>
    public IEnumerable<INamedTypeSymbol> Marked(string attribute, CancellationToken cancellationToken) =>
        TypesIn(compilation.Assembly.GlobalNamespace, cancellationToken).Where(type => KnownTypes.FindAttribute(type, attribute) is not null);

    private static IEnumerable<INamedTypeSymbol> TypesIn(INamespaceOrTypeSymbol container, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var member in container.GetMembers().OfType<INamespaceOrTypeSymbol>())
        {
            if (member is INamedTypeSymbol { TypeKind: TypeKind.Class } type)
                yield return type;
            foreach (var inner in TypesIn(member, cancellationToken))
                yield return inner;
        }
    }
}
