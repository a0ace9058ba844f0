using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace StickGen.Generators.Tests.Verification;

/// <summary>
/// The members of StickGen.Torch that emitted code uses, with some of its rules, compiled by the generator under test: so
/// every test with a model also reads rules of another assembly.
/// </summary>
internal static class RuntimeStub
{
    private static readonly Lazy<MetadataReference> Compiled = new(Compile);

    public static MetadataReference Reference => Compiled.Value;

    private static MetadataReference Compile()
    {
        var compilation = CSharpCompilation.Create(
            "StickGen.Torch",
            [CSharpSyntaxTree.ParseText(Source, References.ParseOptions), CSharpSyntaxTree.ParseText(Rules, References.ParseOptions)],
            References.WithoutTorch,
            References.CompilationOptions);
        CSharpGeneratorDriver.Create([new CompressionGenerator().AsSourceGenerator()], parseOptions: References.ParseOptions)
            .RunGeneratorsAndUpdateCompilation(compilation, out var output, out _);
        using var image = new MemoryStream();
        var result = output.Emit(image);
        Assert.True(result.Success, string.Join("\n", result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)));
        return MetadataReference.CreateFromImage(image.ToArray());
    }

    private const string Source = """
        #nullable enable
        using System;
        using System.Collections.Generic;
        using StickGen.Deployment;
        using StickGen.Graphs;
        using StickGen.Rules;
        using StickGen.Units;
        using static TorchSharp.torch;

        namespace StickGen.Compression
        {
            public interface ICompressible
            {
                string ModelName { get; }
                IReadOnlyList<ModelInput> Inputs { get; }
                IReadOnlyList<RewriteRule> Rules { get; }
                SymbolicTensor[] Replay(Tracer tracer, SymbolicTensor[] inputs);
                nn.Module CreateVariant(VariantBuilder builder);
            }

            public interface ICompressible<out TFakeQuantized, TQuantized> : ICompressible
                where TFakeQuantized : nn.Module, IFakeQuantized<TQuantized>
            {
                TFakeQuantized CreateFakeQuantized(VariantBuilder builder);
                nn.Module ICompressible.CreateVariant(VariantBuilder builder) => CreateFakeQuantized(builder);
            }

            public interface IFakeQuantized { FakeQuantization State { get; } }

            public interface IFakeQuantized<out TQuantized> : IFakeQuantized { TQuantized CreateQuantized(QuantizedModel model); }

            public sealed record ModelInput(string Name, Shape? Shape);

            public sealed class FakeQuantization;

            public static class DeployedVariant
            {
                public static QuantizedModel Load(string path, string model) => null!;
                public static nn.Module<Tensor, Tensor> AsModule(QuantizedModel model) => null!;
                public static nn.Module<Tensor, Tensor, Tensor> AsModule2(QuantizedModel model) => null!;
                public static nn.Module<Tensor, Tensor, Tensor, Tensor> AsModule3(QuantizedModel model) => null!;
            }

            public sealed class VariantBuilder
            {
                public T Rebuild<T>(nn.Module owner, string name, T value) where T : IDisposable? => value;
                public T Register<T>(nn.Module owner, string name, T module) where T : nn.Module => module;
                public VariantBuilder Enter(string name) => this;
                public Unit Input(string name) => null!;
                public Unit Unit(string name) => null!;
                public FakeQuantization Complete(nn.Module variant) => new();
            }

            public sealed class SymbolicTensor
            {
                public SymbolicShape shape => default;
                public long ndim => 0;
                public long dim() => 0;
                public Dimension size(int dim) => shape[dim];
            }

            public readonly struct SymbolicShape
            {
                public int Length => 0;
                public Dimension this[int dim] => default;
            }

            public sealed class Tracer
            {
                public static ModelGraph Trace(ICompressible model, params ReadOnlySpan<Shape> inputs) => null!;
                public void At(string statement) { }
                public void Site(string name, params ReadOnlySpan<int> nodes) { }
                public SymbolicTensor Module(int node, string field, nn.Module module, SymbolicTensor x, bool keepFloat = false) => x;
                public SymbolicTensor Module(int node, string field, nn.Module module, ReadOnlySpan<SymbolicTensor> inputs, bool keepFloat = false) => inputs[0];
                public SymbolicTensor Relu(int node, SymbolicTensor x, bool inplace = false) => x;
                public SymbolicTensor Relu6(int node, SymbolicTensor x, bool inplace = false) => x;
                public SymbolicTensor Add(int node, SymbolicTensor left, SymbolicTensor right) => left;
                public SymbolicTensor Concat(int node, ReadOnlySpan<SymbolicTensor> tensors, long dim = 0) => tensors[0];
                public SymbolicTensor Dropout(int node, SymbolicTensor x, double p = 0.5, bool training = true, bool inplace = false) => x;
                public SymbolicTensor Flatten(int node, SymbolicTensor x, long start_dim = 0, long end_dim = -1) => x;
                public SymbolicTensor Reshape(int node, SymbolicTensor x, params ReadOnlySpan<Dimension> shape) => x;
                public SymbolicTensor Identity(int node, SymbolicTensor x) => x;
                public SymbolicTensor Opaque(int node, string code, params ReadOnlySpan<SymbolicTensor> operands) => null!;
                public SymbolicTensor MaxPool2d(int node, SymbolicTensor x, long kernel_size, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false) => x;
                public SymbolicTensor MaxPool2d(int node, SymbolicTensor x, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, (long, long)? dilation = null, bool ceil_mode = false) => x;
                public SymbolicTensor AvgPool2d(int node, SymbolicTensor x, long kernel_size, long? stride = null, long? padding = null, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) => x;
                public SymbolicTensor AvgPool2d(int node, SymbolicTensor x, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) => x;
                public SymbolicTensor AdaptiveAvgPool2d(int node, SymbolicTensor x, long output_size) => x;
                public SymbolicTensor AdaptiveAvgPool2d(int node, SymbolicTensor x, (long, long) output_size) => x;
            }
        }

        namespace StickGen.Units
        {
            public abstract class Unit { public Tensor forward(params ReadOnlySpan<Tensor> inputs) => inputs[0]; }
            public sealed class AnyUnit(Site site, params nn.Module[] modules) : Unit { public object All => (site, modules); }
            public sealed class Site;
        }

        namespace StickGen.Rules
        {
            public sealed class RuleMatch { public T Module<T>(string name) where T : nn.Module => null!; }

            public sealed class RewriteRule(
                string name, int benefit, string pattern, Func<RuleMatch, bool>? where, Func<Site, RuleMatch, Unit> replace)
            {
                public object All => (name, benefit, pattern, where, replace);
            }
        }
        """;

    private const string Rules = """
        #nullable enable
        using StickGen.Units;
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn.functional;

        namespace StickGen.Rules
        {
            [RewriteRule]
            public static partial class ConvBatchNormRelu
            {
                [Match] private static Tensor Pattern(Tensor x, Conv2d conv, BatchNorm2d bn) => relu(bn.forward(conv.forward(x)));
                [Where] private static bool IsSupported(Conv2d conv) => conv.padding_mode == PaddingModes.Zeros;
                [Replace] private static Unit With(Site site, Conv2d conv, BatchNorm2d bn) => new AnyUnit(site, conv, bn);
            }

            [RewriteRule]
            public static partial class ConvBatchNorm
            {
                [Match] private static Tensor Pattern(Tensor x, Conv2d conv, BatchNorm2d bn) => bn.forward(conv.forward(x));
                [Replace] private static Unit With(Site site, Conv2d conv, BatchNorm2d bn) => new AnyUnit(site, conv, bn);
            }

            [RewriteRule]
            public static partial class ConvRelu
            {
                [Match] private static Tensor Pattern(Tensor x, Conv2d conv) => relu(conv.forward(x));
                [Replace] private static Unit With(Site site, Conv2d conv) => new AnyUnit(site, conv);
            }

            [RewriteRule]
            public static partial class LinearRelu
            {
                [Match] private static Tensor Pattern(Tensor x, Linear linear) => relu(linear.forward(x));
                [Replace] private static Unit With(Site site, Linear linear) => new AnyUnit(site, linear);
            }

            [RewriteRule]
            public static partial class AddRelu
            {
                [Match] private static Tensor Pattern(Tensor x, Tensor y) => relu(x + y);
                [Replace] private static Unit With(Site site) => new AnyUnit(site);
            }
        }
        """;
}
