using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture;
using StickGen.Capture.Models;
using StickGen.Capture.Rules;
using StickGen.Generators.Emission;

namespace StickGen.Generators;

/// <summary>
/// Emits the variants of <c>[Compressible]</c> classes and the compiled form of <c>[RewriteRule]</c> classes. It gives no
/// diagnostics: the analyzers do, from the same capture.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class CompressionGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var isAvailable = context.CompilationProvider
            .Select(static (compilation, _) => RuntimeLibrary.IsReferenced(compilation))
            .WithTrackingName(TrackingNames.RuntimeLibrary);

        var models = context.SyntaxProvider
            .ForAttributeWithMetadataName(
                KnownTypes.CompressibleAttribute,
                static (node, _) => node is ClassDeclarationSyntax,
                static (target, _) => MarkedDeclarations.IsFirst(target) ? MarkedModels.NameOf((INamedTypeSymbol)target.TargetSymbol) : "")
            .Where(static name => name.Length > 0)
            .Collect()
            .Combine(context.CompilationProvider)
            .SelectMany(static (pair, cancellationToken) => MarkedModels.Capture(pair.Left, pair.Right, cancellationToken))
            .WithTrackingName(TrackingNames.Models)
            .Combine(isAvailable)
            .SelectMany(static (pair, _) => pair is { Left: var model, Right: true } ? [model] : Array.Empty<CapturedModel>())
            .WithTrackingName(TrackingNames.EmittedModels);

        var rules = context.SyntaxProvider
            .ForAttributeWithMetadataName(
                KnownTypes.RewriteRuleAttribute,
                static (node, _) => node is ClassDeclarationSyntax,
                static (target, cancellationToken) =>
                    MarkedDeclarations.IsFirst(target)
                        ? RuleCapture.Capture((INamedTypeSymbol)target.TargetSymbol, target.SemanticModel.Compilation, cancellationToken).Model
                        : null)
            .WithTrackingName(TrackingNames.Rules)
            .Combine(isAvailable)
            .SelectMany(static (pair, _) => pair is { Left: { } rule, Right: true } ? [rule] : Array.Empty<CapturedRule>())
            .WithTrackingName(TrackingNames.EmittedRules);

        var referencedRules = context.CompilationProvider
            .Select(static (compilation, cancellationToken) => ReferencedRules.Read(compilation, cancellationToken).Model!)
            .WithTrackingName(TrackingNames.ReferencedRules);

        var allRules = rules.Collect()
            .Select(static (rules, _) => rules.ToEquatableArray())
            .WithTrackingName(TrackingNames.AllRules);

        // Those that replace modules are applied by hand, to models of any compilation.
        var unitRules = allRules.Select(static (rules, _) => rules.Where(rule => !rule.ReplacesModules).ToEquatableArray());

        var visibleRules = unitRules.Combine(referencedRules)
            .Select(static (pair, _) => VisibleRuleList.Ordered(pair.Left.Select(VisibleRule.Of).Concat(pair.Right.Rules)))
            .WithTrackingName(TrackingNames.VisibleRules);

        var emittedModels = models.Collect()
            .Select(static (models, _) => EmittedModels.Of(models))
            .WithTrackingName(TrackingNames.ModelNames);

        var plans = models.Combine(visibleRules).Combine(emittedModels)
            .Select(static (pair, _) => ModelPlan.Create(pair.Left.Left, pair.Left.Right, pair.Right))
            .WithTrackingName(TrackingNames.Plans);

        var hintNames = models.Select(static (model, _) => model.Type.UniqueName).Collect()
            .Combine(allRules)
            .Select(static (pair, _) => HintNames.Of(pair.Left.Concat(pair.Right.Select(rule => rule.Type.UniqueName))))
            .WithTrackingName(TrackingNames.HintNames);

        context.RegisterSourceOutput(plans.Combine(hintNames), static (output, pair) => ModelFiles.Add(output, pair.Left, pair.Right));
        context.RegisterSourceOutput(rules.Combine(hintNames), static (output, pair) =>
            output.AddSource(pair.Right.Prefix(pair.Left.Type) + ".Rule.g.cs", RuleEmitter.Emit(pair.Left)));
        context.RegisterSourceOutput(unitRules, static (output, rules) =>
        {
            if (rules.Count > 0)
                output.AddSource("StickGen.CompiledRules.g.cs", RuleListEmitter.EmitMetadata(rules));
        });
        context.RegisterSourceOutput(visibleRules.Combine(emittedModels), static (output, pair) =>
        {
            if (pair.Right.Models.Count > 0)
                output.AddSource("StickGen.VisibleRules.g.cs", RuleListEmitter.EmitVisible(pair.Left));
        });
    }
}
