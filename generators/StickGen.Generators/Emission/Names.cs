using Microsoft.CodeAnalysis.CSharp;
using StickGen.Capture.Forward;
using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>How emitted code refers to the types of the run-time libraries.</summary>
internal static class Names
{
    public const string Torch = "global::TorchSharp.torch";
    public const string Tensor = Torch + ".Tensor";
    public const string Compressible = "global::StickGen.Compression.ICompressible";
    public const string TrainableVariant = "global::StickGen.Compression.IFakeQuantized";
    public const string VariantBuilder = "global::StickGen.Compression.VariantBuilder";
    public const string VariantState = "global::StickGen.Compression.FakeQuantization";
    public const string Prunable = "global::StickGen.Pruning.IPrunable";
    public const string PrunedVariant = "global::StickGen.Pruning.IPruned";
    public const string PrunedBuilder = "global::StickGen.Pruning.PrunedBuilder";
    public const string PrunedSizes = "global::StickGen.Pruning.PrunedSizes";
    public const string PruningState = "global::StickGen.Pruning.PruningState";
    public const string DeployedVariant = "global::StickGen.Compression.DeployedVariant";
    public const string ForwardResults = "global::StickGen.Compression.ForwardResults";
    public const string ModelInput = "global::StickGen.Compression.ModelInput";
    public const string Tracer = "global::StickGen.Compression.Tracer";
    public const string SymbolicTensor = "global::StickGen.Compression.SymbolicTensor";
    public const string Iterations = "global::StickGen.Compression.Iterations";
    public const string List = "global::System.Collections.Generic.List";
    public const string Unit = "global::StickGen.Units.Unit";
    public const string ModuleRule = "global::StickGen.Pruning.ModuleRule";
    public const string RewriteRule = "global::StickGen.Rules.RewriteRule";
    public const string RuleVerification = "global::StickGen.Rules.RuleVerification";
    public const string ModelGraph = "global::StickGen.Graphs.ModelGraph";
    public const string Shape = "global::StickGen.Graphs.Shape";
    public const string QuantizedModel = "global::StickGen.Deployment.QuantizedModel";
    public const string VisibleRules = "global::StickGen.Generated.VisibleRules";
    public const string CompiledRule = "global::StickGen.CompiledRuleAttribute";
    public const string ReadOnlyList = "global::System.Collections.Generic.IReadOnlyList";

    /// <summary>The base class of a module with the signature of a forward.</summary>
    public static string Module(ForwardSignature forward) => forward.Module;

    /// <summary>A name as an identifier, where keywords need an <c>@</c>.</summary>
    public static string Escape(string name) => Identifiers.Escape(name);

    /// <summary>A text as a string literal.</summary>
    public static string Literal(string text) => SymbolDisplay.FormatLiteral(text, quote: true);
}
