using FsCheck;
using FsCheck.Xunit;
using StickGen.Deployment;
using StickGen.PostTraining;
using StickGen.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.PostTraining;

/// <summary>Rounding of whole tensors is the rounding of single values, bit for bit.</summary>
public sealed class GroupFakeQuantizeTests
{
    [Property(MaxTest = 60)]
    public void Weights_are_rounded_as_single_values_are(DoNotSize<int> seed)
    {
        using var scope = NewDisposeScope();
        var random = new Random(seed.Item);
        var length = random.Next(1, 20);
        var (rows, columns) = (random.Next(1, 6), length * random.Next(1, 4));
        var scheme = new GroupScheme { Bits = new[] { 2, 3, 4, 8 }[random.Next(4)], GroupSize = random.Next(2) == 0 ? 0 : length, Symmetric = random.Next(2) == 0 };
        // Groups of zeros, of one sign, and of every magnitude.
        var values = Enumerable.Range(0, rows * columns).Select(i => random.Next(4) == 0 ? 0f : (float)((random.NextDouble() - (i / length % 3 * 0.5)) * Math.Pow(10, (i / length % 9) - 4))).ToArray();

        var actual = GroupFakeQuantize.Nearest(tensor(values, [rows, columns]), scheme);

        Assert.Equal(GroupedWeights.RoundToNearest(scheme, rows, columns, values).Dequantize(), actual.ToArray());
    }

    [Property(MaxTest = 60)]
    public void Activations_are_rounded_as_single_values_are(DoNotSize<int> seed)
    {
        using var scope = NewDisposeScope();
        var random = new Random(seed.Item);
        var columns = random.Next(1, 30);
        var values = Enumerable.Range(0, 3 * columns).Select(i => i < columns ? 0f : (float)((random.NextDouble() - 0.3) * Math.Pow(10, random.Next(-6, 6)))).ToArray();
        var input = tensor(values, [3, columns]);
        var (step, zeroPoint) = AffineQuantization.ChooseParameters(values.Min() / 2, values.Max() / 2, QuantizationScheme.Activations8);

        var (tokens, fixedScale) = (GroupFakeQuantize.Tokens(input).ToArray(), GroupFakeQuantize.PerTensor(input, step, zeroPoint).ToArray());

        for (var i = 0; i < values.Length; i++)
        {
            var scale = DynamicQuantization.Scale(values.Skip(i / columns * columns).Take(columns).Max(MathF.Abs));
            Assert.Equal(scale * AffineQuantization.Quantize(values[i], scale, 0, -127, 127), tokens[i]);
            Assert.Equal(AffineQuantization.Dequantize(AffineQuantization.Quantize(values[i], step, zeroPoint, 0, 255), step, zeroPoint), fixedScale[i]);
        }
    }
}
