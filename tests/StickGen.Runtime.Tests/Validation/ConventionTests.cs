using System.Runtime.InteropServices;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;

namespace StickGen.Runtime.Tests.Validation;

/// <summary>Graphs that break the conventions of docs/format.md are refused by name and reason.</summary>
public sealed class ConventionTests
{
    private static readonly ValueQuantization U8 = ValueQuantization.PerTensor(0.1f, 10, 0, 255);
    private static readonly ValueQuantization Other = ValueQuantization.PerTensor(0.2f, 10, 0, 255);
    private static readonly ValueQuantization S8 = ValueQuantization.PerTensor(0.1f, 0, -127, 127);

    private readonly ModelGraph graph = new("Broken");
    private readonly GraphValue x;
    private readonly GraphValue q;

    public ConventionTests()
    {
        x = graph.AddInput("x", new Shape("batch", 2, 4, 4));
        q = graph.Add("q", new Quantize(), [x], U8);
    }

    [Fact]
    public void Inputs_of_a_sum_need_one_scale() => Refuses(
        graph.Add("sum", new Add(), [q, graph.Add("p", new Quantize(), [x], Other)], U8),
        "The node 'sum' (add): its inputs 'q' (scale 0.1, zero point 10) and 'p' (scale 0.2, zero point 10) need the same scale and zero point.");

    [Fact]
    public void What_moves_values_keeps_their_quantization()
    {
        Refuses(graph.Add("pool", new MaxPool2d(new Window(2, 2, 0, 1)), [q], Other), "need the same quantization");
        Refuses(graph.Add("flat", new Flatten(1), [q]), "need the same quantization");
    }

    [Fact]
    public void Settings_of_windows_are_moderate()
    {
        Refuses(graph.Add("pool", new MaxPool2d(new Window(2, 40_000, 0, 1)), [q], U8), "at most 32768; one is 40000×40000");
        Refuses(graph.Add("adaptive", new AdaptiveAvgPool2d(new Size2(1, 40_000)), [q], U8), "at most 32768");
    }

    [Fact]
    public void Weights_are_not_shared_without_end()
    {
        var value = graph.Add("flat", new Reshape(["batch", 32]), [q], U8);
        var weight = graph.AddConstant("w", ElementType.Int8, Shape.Of(1 << 15, 32), new byte[1 << 20], S8);
        for (var i = 0; i < 100; i++)
            graph.Add($"fc{i}", new Linear(), [value, weight], U8);
        Refuses(value, "The nodes read 104857600 bytes of constants, of which there are 1048576");
    }

    [Fact]
    public void Weights_of_a_quantized_input_are_integers() =>
        Refuses(graph.Add("conv", Conv(), [q, Weight(ElementType.Float32, null)], U8), "has to be Int8");

    [Fact]
    public void Weights_of_a_float_input_are_floats() =>
        Refuses(graph.Add("conv", Conv(), [x, Weight(ElementType.Int8, S8)]), "float32");

    [Fact]
    public void Weights_have_no_zero_point() =>
        Refuses(graph.Add("conv", Conv(), [q, Weight(ElementType.Int8, ValueQuantization.PerTensor(1, 1, -127, 127))], U8), "zero point other than 0");

    [Fact]
    public void Weights_do_not_reach_the_lowest_byte() =>
        Refuses(graph.Add("conv", Conv(), [q, Weight(ElementType.Int8, ValueQuantization.PerTensor(1, 0, -128, 127))], U8), "outside of [-127, 127]");

    [Fact]
    public void Scales_are_those_of_output_channels()
    {
        Refuses(graph.Add("a", Conv(), [q, Weight(ElementType.Int8, ValueQuantization.PerChannel([1f, 1f], 1, -127, 127))], U8), "one scale, or one for each");
        Refuses(graph.Add("b", Conv(), [q, Weight(ElementType.Int8, ValueQuantization.PerChannel([1f, 1f], 0, -127, 127))], U8), "one scale, or one for each");
    }

    [Fact]
    public void Biases_of_a_quantized_input_are_integers()
    {
        var bias = graph.AddConstant("bias", ElementType.Float32, Shape.Of(3), new byte[12]);
        Refuses(graph.Add("conv", Conv(), [q, Weight(ElementType.Int8, S8), bias], U8), "has to be Int32");
    }

    [Fact]
    public void Scales_must_not_overflow_float32()
    {
        var tiny = ValueQuantization.PerTensor(2e-38f, 0, 0, 255);
        Refuses(graph.Add("conv", Conv(), [q, Weight(ElementType.Int8, ValueQuantization.PerTensor(1e20f, 0, -127, 127))], tiny), "overflows float32");
    }

    [Fact]
    public void Activations_are_unsigned() => Refuses(graph.Add("s", new Quantize(), [x], S8), "within [0, 255]");

    [Fact]
    public void A_pool_has_at_most_half_a_kernel_of_padding() =>
        Refuses(graph.Add("pool", new AvgPool2d(new Window(2, 2, 2, 1)), [q], U8), "more than half of its kernel");

    [Fact]
    public void What_has_no_kernel_is_named()
    {
        graph.Add("secret", new Opaque("x.erfinv()"), [x]);
        Refuses(graph.Add("again", new Quantize(), [x], U8), "The node 'secret' (opaque): there is no kernel");
    }

    [Fact]
    public void A_constant_is_no_activation() =>
        Refuses(graph.Add("relu", new Activate(Activation.Relu), [graph.AddConstant("c", ElementType.Float32, Shape.Of(1), new byte[4])]), "is a constant");

    [Fact]
    public void A_graph_without_data_cannot_be_run()
    {
        var weight = graph.AddConstant("w", ElementType.Float32, Shape.Of(3, 2, 1, 1));
        Refuses(graph.Add("conv", Conv(), [x, weight]), "has no data");
    }

    [Fact]
    public void A_quantized_output_is_dequantized_first()
    {
        graph.AddOutput(q);
        Assert.Contains(
            "The output 'q' is quantized; a dequantize node has to follow.",
            Assert.Throws<InvalidModelException>(() => QuantizedModel.FromGraph(graph)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_of_a_table_are_results()
    {
        var narrow = ValueQuantization.PerTensor(1, 0, 0, 15);
        var table = graph.AddConstant("table", ElementType.UInt8, Shape.Of(256), Enumerable.Repeat((byte)16, 256).ToArray());
        Refuses(graph.Add("lookup", new Lookup(), [q, table], narrow), "has the entry 16, outside of the result's range [0, 15]");
    }

    [Fact]
    public void A_table_has_256_entries()
    {
        var table = graph.AddConstant("table", ElementType.UInt8, Shape.Of(255), new byte[255]);
        Assert.Contains("length of the table", Assert.Throws<ArgumentException>(() => graph.Add("lookup", new Lookup(), [q, table], U8)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_difference_needs_one_scale()
    {
        var other = graph.Add("other", new Quantize(), [x], ValueQuantization.PerTensor(0.5f, 0, 0, 255));
        Refuses(graph.Add("sub", new Arithmetic(ArithmeticFunction.Subtract), [q, other], U8), "need the same scale and zero point");
    }

    [Fact]
    public void Arithmetic_without_a_kernel_is_refused() =>
        Refuses(graph.Add("div", new Arithmetic(ArithmeticFunction.Divide), [q, q], U8), "there is no kernel");

    [Fact]
    public void Dimensions_that_are_reduced_lie_next_to_each_other() =>
        Refuses(graph.Add("mean", new Reduce("mean", [1, 3]), [q], U8), "do not lie next to each other");

    [Fact]
    public void Moving_keeps_the_scale() => Refuses(graph.Add("permute", new Permute([0, 2, 3, 1]), [q], ValueQuantization.PerTensor(2, 0, 0, 255)), "same quantization");

    [Fact]
    public void A_softmax_is_along_the_last_dimension()
    {
        var table = graph.AddConstant("table", ElementType.Int32, Shape.Of(256), Enumerable.Repeat((byte)1, 1024).ToArray());
        Refuses(graph.Add("softmax", new Softmax(1), [q, table], U8), "along the last dimension");
    }

    [Fact]
    public void A_softmax_has_a_sum()
    {
        var table = graph.AddConstant("table", ElementType.Int32, Shape.Of(256), new byte[1024]);
        Refuses(graph.Add("softmax", new Softmax(-1), [q, table], U8), "begins with 0");
    }

    [Fact]
    public void Parameters_of_a_normalization_are_finite()
    {
        var weight = graph.AddConstant("gamma", ElementType.Float32, Shape.Of(2), MemoryMarshal.AsBytes<float>([1f, float.NaN]).ToArray());
        Refuses(graph.Add("norm", new Normalize("group_norm", 1), [q, weight], U8), "'gamma' in steps of the result overflows float32");
    }

    private static Conv2d Conv() => new(new Window(1, 1, 0, 1));

    private GraphValue Weight(ElementType type, ValueQuantization? quantization) => graph.AddConstant(
        "weight" + graph.Values.Count, type, Shape.Of(3, 2, 1, 1), MemoryMarshal.AsBytes<byte>(new byte[6 * type.Size()]).ToArray(), quantization);

    [Fact]
    public void Tokens_are_read_by_embeddings_alone()
    {
        var other = new ModelGraph("Tokens");
        var tokens = other.AddInput("tokens", new Shape("batch", 4), ElementType.Int32);
        var table = other.AddConstant("table", ElementType.Float32, Shape.Of(5, 2), new byte[40]);
        other.AddOutput(other.Add("embedding", new Embedding(), [tokens, table]));
        _ = QuantizedModel.FromGraph(other);
        other.Add("flat", new Flatten(0), [tokens]);
        Assert.Contains("'tokens' has the type Int32 and no quantization", Assert.Throws<InvalidModelException>(() => QuantizedModel.FromGraph(other)).Message);
        Refuses(graph.Add("embedding", new Embedding(), [x, graph.AddConstant("table", ElementType.Float32, Shape.Of(5, 2), new byte[40])]), "an input of Int32 is expected");
    }

    [Fact]
    public void A_model_that_reads_tokens_reads_nothing_else()
    {
        graph.AddInput("tokens", new Shape("batch", 4), ElementType.Int32);
        Refuses(x, "a model that reads such has no other input");
    }

    [Fact]
    public void Grouped_weights_have_the_shapes_of_their_scheme()
    {
        Assert.Contains("a group size of 3 does not divide the 4 inputs", Assert.Throws<ArgumentException>(() => Grouped("size", new GroupScheme { GroupSize = 3 }, 1)).Message);
        Assert.Contains("columns of the scales 1 and the number of groups 2 differ", Assert.Throws<ArgumentException>(() => Grouped("groups", new GroupScheme { GroupSize = 2 }, 1)).Message);
        Assert.Contains("2 inputs; the input, weight, scales and optionally a bias are expected", Assert.Throws<ArgumentException>(
            () => graph.Add("few", new GroupedLinear(new()), [x, graph.Values["size.weight"]])).Message);
    }

    [Theory]
    [InlineData(0, 3, "The scale of inputs is 0; a finite number larger than 0 is expected")]
    [InlineData(float.NaN, 3, "The scale of inputs is NaN")]
    [InlineData(1, 256, "The zero point of inputs is 256; it is in [0, 255]")]
    public void Integers_that_a_grouped_layer_reads_have_a_scale(float scale, int zeroPoint, string message) =>
        Refuses(Grouped("static", new(), 1, operation: new(new(), ActivationPrecision.StaticInt8, scale, zeroPoint)), message);

    [Fact]
    public void Floats_that_a_grouped_layer_reads_have_none() =>
        Refuses(Grouped("float", new(), 1, operation: new(new(), InputScale: 1)), "it has the input scale 1 and zero point 0; with activations of Float, both are 0");

    private GraphValue Grouped(string name, GroupScheme scheme, sbyte value, float scale = 1, GroupedLinear? operation = null) => graph.Add(name, operation ?? new GroupedLinear(scheme),
    [
        x,
        graph.AddConstant($"{name}.weight", ElementType.Int8, Shape.Of(3, 4), Enumerable.Repeat((byte)value, 12).ToArray()),
        graph.AddConstant($"{name}.scales", ElementType.Float32, Shape.Of(3, 1), MemoryMarshal.AsBytes<float>([scale, scale, scale]).ToArray()),
    ]);

    [Fact]
    public void Float_and_quantized_values_are_not_mixed()
    {
        Alone("it has a kernel for float32 values only", t => t.graph.Add("attention", new ScaledDotProductAttention(), [t.q, t.q, t.q], U8));
        Alone("it has a kernel for float32 values only", t => t.graph.Add("silu", new Elementwise(ElementFunction.Silu), [t.q], U8));
        Alone("there is no float32 kernel", t => t.graph.Add("mish", new Elementwise(ElementFunction.Mish), [t.x]));
        Alone("it has a kernel for float32 values only", t => t.graph.Add("product", new Arithmetic(ArithmeticFunction.Multiply), [t.x, t.q]));
        Alone("there is no float32 kernel", t => t.graph.Add("power", new Arithmetic(ArithmeticFunction.Power), [t.x, t.x]));
        Alone("it has a float32 kernel along the last dimension", t => t.graph.Add("softmax", new Softmax(1), [t.x]));
        Alone("there is no float32 kernel for group_norm", t => t.graph.Add("groups", new Normalize("group_norm", 1), [t.x]));
        Alone("there is no kernel for attention with a mask that is given", t => t.graph.Add("masked", new ScaledDotProductAttention(), [t.x, t.x, t.x, t.x]));
        Alone("values has a 5; s2 per-channel symmetric has integers from -2 to 1", t => t.Grouped("bits", new GroupScheme { Bits = 2 }, 5));
        Alone("A scale is NaN", t => t.Grouped("scale", new GroupScheme(), 5, float.NaN));
    }

    /// <summary>In a graph of its own.</summary>
    private static void Alone(string reason, Func<ConventionTests, GraphValue> build)
    {
        var test = new ConventionTests();
        test.Refuses(build(test), reason);
    }

    private void Refuses(GraphValue result, string reason)
    {
        graph.AddOutput(result.Quantization is null ? result : graph.Add(result.Name + ".real", new Dequantize(), [result]));
        Assert.Contains(reason, Assert.Throws<InvalidModelException>(() => QuantizedModel.FromGraph(graph)).Message, StringComparison.Ordinal);
    }
}
