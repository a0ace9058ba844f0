using StickGen.Rules;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>What the generator adds to every <c>[Compressible]</c> class: its symbolic replay, and its variant untyped.</summary>
public interface ICompressible
{
    /// <summary>The name of the class.</summary>
    string ModelName { get; }

    /// <summary>The name of the file that the class is marked in, without its folder; empty if it is not known.</summary>
    string SourceFile => "";

    /// <summary>The inputs, in the order of <c>forward</c>'s parameters.</summary>
    IReadOnlyList<ModelInput> Inputs { get; }

    /// <summary>The rules that were visible where the class was compiled, by benefit, greatest first, then by name.</summary>
    IReadOnlyList<RewriteRule> Rules { get; }

    /// <summary>Replays <c>forward</c> over the live instance. One result for each of <c>forward</c>'s; what is null there is null here.</summary>
    SymbolicTensor[] Replay(Tracer tracer, SymbolicTensor[] inputs);

    /// <summary>Creates the trainable variant where its type is not known, such as for a child of a <c>Sequential</c>.</summary>
    nn.Module CreateVariant(VariantBuilder builder);
}

/// <summary>A compressible class with its variant types, which make <c>Apply</c> and <c>Convert</c> typed.</summary>
/// <typeparam name="TFakeQuantized">The trainable variant.</typeparam>
/// <typeparam name="TQuantized">The integer model.</typeparam>
public interface ICompressible<out TFakeQuantized, TQuantized> : ICompressible
    where TFakeQuantized : nn.Module, IFakeQuantized<TQuantized>
{
    /// <summary>Creates the trainable variant of this instance.</summary>
    TFakeQuantized CreateFakeQuantized(VariantBuilder builder);

    nn.Module ICompressible.CreateVariant(VariantBuilder builder) => CreateFakeQuantized(builder);
}
