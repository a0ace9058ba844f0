using StickGen.Deployment;
using StickGen.Graphs;

namespace StickGen.Generators.Tests.Deployment;

/// <summary>Signature files, as the run-time library writes them.</summary>
internal static class Signatures
{
    public static string LeNet5 { get; } = new ModelSignature(
        "LeNet5",
        [Value("x", ElementType.Float32, "batch", 1, 28, 28)],
        [Value("logits", ElementType.Float32, "batch", 10)],
        [new("conv1_relu", "conv2d"), new("pool", "max_pool2d"), new("fc3", "linear")],
        [
            Value("conv1_relu.weight", ElementType.Int8, 6, 1, 5, 5),
            Value("conv1_relu.bias", ElementType.Int32, 6),
            Value("fc3.weight", ElementType.Float32, 10, 84),
        ]).ToJson();

    public static string Decoder { get; } = new ModelSignature(
        "Decoder",
        [Value("tokens", ElementType.Int32, "batch", "tokens")],
        [Value("head", ElementType.Float32, "batch", "tokens", 10)],
        [new("embedding", "embedding"), new("head", "linear")],
        [Value("embedding.weight", ElementType.Float32, 10, 4), Value("head.weight", ElementType.Float32, 10, 4)]).ToJson();

    public static string TwoInputs { get; } = Reader("sequence");

    /// <summary>A model of two inputs and outputs, whose names are not all identifiers.</summary>
    public static string Reader(string dynamicDimension) => new ModelSignature(
        "Reader<T> \"\\\"",
        [Value("tokens", ElementType.Float32, "batch", dynamicDimension, 8), Value("class", ElementType.Float32, 4)],
        [Value("1st score", ElementType.Float32, "batch", 2), Value("größe", ElementType.Float32, "batch", (Dimension)4 * dynamicDimension)],
        [new("attention", "</c>--> */ {opaque}")],
        []).ToJson();

    private static ValueSignature Value(string name, ElementType type, params Dimension[] shape) => new(name, type, new Shape(shape));
}
