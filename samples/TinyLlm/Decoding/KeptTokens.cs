using StickGen.PostTraining;
using StickGen.Quantization;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>What a cache has of the keys, or of the values, of a block.</summary>
internal abstract class KeptTokens : IDisposable
{
    /// <param name="heads">Of keys and values.</param>
    /// <param name="size">The width of a head.</param>
    /// <param name="capacity">How many tokens there can be.</param>
    /// <param name="precision">How they are kept.</param>
    /// <param name="scales">Of each channel of each head, for keys in 8 bits that have such.</param>
    public static KeptTokens Create(long heads, long size, int capacity, KeyValuePrecision precision, KeyScales? scales)
    {
        if (precision == KeyValuePrecision.Float)
            return new Floats(heads, size, capacity);
        if (scales is null)
            return new Bytes(heads, size, capacity);
        return scales.Heads == heads && scales.Size == size
            ? new BytesOfChannels(heads, size, capacity, scales)
            : throw new ArgumentException($"'{scales.Name}' has scales of {scales.Heads} × {scales.Size} channels; the decoder has {heads} × {size}.", nameof(scales));
    }

    /// <summary>The memory of all tokens that there can be, in bytes.</summary>
    public abstract long MemoryBytes { get; }

    /// <summary>Keeps tokens.</summary>
    /// <param name="start">The place of the first one.</param>
    /// <param name="tokens">[1, heads, tokens, size].</param>
    public abstract void Write(long start, Tensor tokens);

    /// <summary>The first tokens, [1, heads, count, size], in float.</summary>
    public abstract Tensor Read(long count);

    public abstract void Dispose();

    private static Tensor Round(Tensor x, Tensor scale) => x.div(scale).clamp(-DynamicQuantization.QMax, DynamicQuantization.QMax).round().to_type(ScalarType.Int8);

    private static long BytesOf(Tensor tensor) => tensor.numel() * tensor.element_size();

    private sealed class Floats(long heads, long size, int capacity) : KeptTokens
    {
        private readonly Tensor values = zeros(1, heads, capacity, size).DetachFromDisposeScope();

        public override long MemoryBytes => BytesOf(values);

        public override void Write(long start, Tensor tokens) => values.narrow(2, start, tokens.shape[2]).copy_(tokens);

        public override Tensor Read(long count) => values.narrow(2, 0, count);

        public override void Dispose() => values.Dispose();
    }

    /// <summary>Integers in [−127, 127].</summary>
    /// <param name="heads">Of keys and values.</param>
    /// <param name="size">The width of a head.</param>
    /// <param name="capacity">How many tokens there can be.</param>
    /// <param name="scales">What they are multiples of, given up with them.</param>
    private abstract class Integers(long heads, long size, int capacity, Tensor scales) : KeptTokens
    {
        private readonly Tensor values = zeros([1, heads, capacity, size], ScalarType.Int8).DetachFromDisposeScope();

        public override long MemoryBytes => BytesOf(values) + BytesOf(Scales);

        protected Tensor Scales { get; } = scales.DetachFromDisposeScope();

        public override void Write(long start, Tensor tokens)
        {
            using var scope = NewDisposeScope();
            values.narrow(2, start, tokens.shape[2]).copy_(Round(tokens, ScalesFor(start, tokens)));
        }

        public override Tensor Read(long count) => values.narrow(2, 0, count).to_type(ScalarType.Float32).mul_(ScalesOf(count));

        public override void Dispose()
        {
            values.Dispose();
            Scales.Dispose();
        }

        /// <summary>The scales of tokens that are to be kept.</summary>
        protected abstract Tensor ScalesFor(long start, Tensor tokens);

        /// <summary>The scales of the first tokens.</summary>
        protected abstract Tensor ScalesOf(long count);
    }

    /// <summary>With a scale for each token and head.</summary>
    private sealed class Bytes(long heads, long size, int capacity) : Integers(heads, size, capacity, ones(1, heads, capacity, 1))
    {
        protected override Tensor ScalesFor(long start, Tensor tokens)
        {
            var largest = tokens.abs().amax([-1], true);
            // As DynamicQuantization.Scale, for all of them.
            var scale = largest.div(DynamicQuantization.QMax).clamp_min(AffineQuantization.MinimumScale).masked_fill(largest.eq(0), 1);
            Scales.narrow(2, start, tokens.shape[2]).copy_(scale);
            return scale;
        }

        protected override Tensor ScalesOf(long count) => Scales.narrow(2, 0, count);
    }

    /// <summary>With a scale for each channel of each head, from calibration.</summary>
    private sealed class BytesOfChannels(long heads, long size, int capacity, KeyScales channels)
        : Integers(heads, size, capacity, tensor(channels.Values.ToArray(), [1, heads, 1, size]))
    {
        protected override Tensor ScalesFor(long start, Tensor tokens) => Scales;

        protected override Tensor ScalesOf(long count) => Scales;
    }
}
