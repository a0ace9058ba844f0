using StickGen.Compression;
using static TorchSharp.torch;

namespace StickGen.Rules;

/// <summary>What a <c>[Match]</c> method can say besides operations. The generator reads the calls; nobody runs them.</summary>
public static class Patterns
{
    /// <summary>Any value: an input of the pattern that has no name.</summary>
    public static Tensor Any() => throw NotRun();

    /// <summary>One of several alternatives, tried in order.</summary>
    /// <param name="alternatives">Each an expression over the parameters of the pattern.</param>
    public static Tensor AnyOf(params Tensor[] alternatives) => throw NotRun();

    /// <summary>A node that may be missing: <c>Optional(relu(y), y)</c> is <c>relu(y)</c> or <c>y</c>.</summary>
    /// <param name="with">The value with the node.</param>
    /// <param name="without">The value without it.</param>
    public static Tensor Optional(Tensor with, Tensor without) => throw NotRun();

    /// <summary>Any number of functions of each element (<c>relu</c>, <c>sigmoid</c>, <c>clamp</c>, …) one after another, also none.</summary>
    /// <param name="x">What the first of them is applied to.</param>
    public static Tensor Elementwise(Tensor x) => throw NotRun();

    private static CompressionException NotRun() => new("A pattern is read by the generator, and is not run.");
}
