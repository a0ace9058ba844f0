using StickGen.Compression;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>The weight of a layer as a matrix whose rank is lowered, and the two layers that its factors become.</summary>
internal abstract class FactorizedMatrix(nn.Module<Tensor, Tensor> layer)
{
    public nn.Module<Tensor, Tensor> Layer { get; } = layer;

    /// <summary>[rows, columns]: the second layer computes the rows, the first one reads the columns.</summary>
    protected abstract Tensor Matrix { get; }

    public long Weights => Matrix.numel();

    public long Rows => Matrix.shape[0];

    public long Columns => Matrix.shape[1];

    public long WeightsPerRank => Rows + Columns;

    public int FullRank => checked((int)Math.Min(Rows, Columns));

    public static FactorizedMatrix Of(nn.Module<Tensor, Tensor> layer, ConvolutionFactors factors) => layer switch
    {
        Linear linear => new LinearMatrix(linear),
        Conv2d { groups: > 1 } => throw new CompressionException("A convolution with groups is not factorized: its weight is several matrices."),
        Conv2d conv when factors == ConvolutionFactors.Spatial && conv.padding_mode != PaddingModes.Zeros =>
            throw new CompressionException($"A convolution is cut along its kernel only if it pads with zeros; this one pads by {conv.padding_mode}."),
        Conv2d conv => factors == ConvolutionFactors.Channel ? new ChannelMatrix(conv) : new SpatialMatrix(conv),
        null => throw new ArgumentNullException(nameof(layer)),
        _ => throw new CompressionException($"A {layer.GetType().Name} is not factorized; Linear and Conv2d are."),
    };

    public IReadOnlyList<double> SingularValues()
    {
        using var noGrad = no_grad();
        return linalg.svdvals(Matrix.to_type(ScalarType.Float64)).cpu().data<double>().ToArray();
    }

    /// <summary>The factors [rows, rank] and [rank, columns], each with the square root of the singular values.</summary>
    public (Tensor Left, Tensor Right) Split(int rank)
    {
        var (u, s, v) = linalg.svd(Matrix.to_type(ScalarType.Float64), fullMatrices: false);
        var root = s.narrow(0, 0, rank).sqrt();
        return (u.narrow(1, 0, rank).mul(root), v.narrow(0, 0, rank).mul(root.unsqueeze(1)));
    }

    /// <summary>The two layers.</summary>
    public abstract (nn.Module<Tensor, Tensor> First, nn.Module<Tensor, Tensor> Second) Create(int rank, Tensor left, Tensor right);

    /// <summary>Gives a layer its weights, on the device and of the type of the original.</summary>
    protected static T Fill<T>(T layer, Tensor weight, Tensor original, Tensor? bias)
        where T : nn.Module
    {
        layer.to(original.device).to(original.dtype);
        var own = layer.get_parameter("weight")!;
        own.copy_(weight.reshape(own.shape));
        if (bias is not null)
            layer.get_parameter("bias")!.copy_(bias);
        return layer;
    }

    private sealed class LinearMatrix(Linear linear) : FactorizedMatrix(linear)
    {
        protected override Tensor Matrix => linear.weight;

        public override (nn.Module<Tensor, Tensor>, nn.Module<Tensor, Tensor>) Create(int rank, Tensor left, Tensor right) =>
            (Fill(nn.Linear(right.shape[1], rank, hasBias: false), right, linear.weight, null),
             Fill(nn.Linear(rank, left.shape[0], hasBias: linear.bias is not null), left, linear.weight, linear.bias));
    }

    /// <summary>[outputs, inputs · kH · kW].</summary>
    private sealed class ChannelMatrix(Conv2d conv) : FactorizedMatrix(conv)
    {
        protected override Tensor Matrix => conv.weight.flatten(1);

        public override (nn.Module<Tensor, Tensor>, nn.Module<Tensor, Tensor>) Create(int rank, Tensor left, Tensor right)
        {
            var first = conv.padding_type is { } same
                ? nn.Conv2d(conv.in_channels, rank, Two(conv.kernel_size), same, Two(conv.stride), Two(conv.dilation), conv.padding_mode, bias: false)
                : nn.Conv2d(conv.in_channels, rank, Two(conv.kernel_size), Two(conv.stride), Two(conv.padding!), Two(conv.dilation), conv.padding_mode, bias: false);
            var second = nn.Conv2d(rank, conv.out_channels, 1, bias: conv.bias is not null);
            return (Fill(first, right, conv.weight, null), Fill(second, left, conv.weight, conv.bias));
        }
    }

    /// <summary>[outputs · kW, inputs · kH].</summary>
    private sealed class SpatialMatrix(Conv2d conv) : FactorizedMatrix(conv)
    {
        protected override Tensor Matrix => conv.weight.permute(0, 3, 1, 2).flatten(2).flatten(0, 1);

        public override (nn.Module<Tensor, Tensor>, nn.Module<Tensor, Tensor>) Create(int rank, Tensor left, Tensor right)
        {
            var (height, width) = (Two(conv.kernel_size).Height, Two(conv.kernel_size).Width);
            var vertical = right.view(rank, conv.in_channels, height, 1);
            var horizontal = left.view(conv.out_channels, width, rank).permute(0, 2, 1).unsqueeze(2);
            var first = Part(conv.in_channels, rank, (height, 1), isVertical: true, bias: false);
            var second = Part(rank, conv.out_channels, (1, width), isVertical: false, bias: conv.bias is not null);
            return (Fill(first, vertical, conv.weight, null), Fill(second, horizontal, conv.weight, conv.bias));
        }

        private Conv2d Part(long inputs, long outputs, (long, long) kernel, bool isVertical, bool bias)
        {
            var (stride, dilation) = (In(conv.stride, 1), In(conv.dilation, 1));
            return conv.padding_type is { } same
                ? nn.Conv2d(inputs, outputs, kernel, same, stride, dilation, conv.padding_mode, bias: bias)
                : nn.Conv2d(inputs, outputs, kernel, stride, In(conv.padding!, 0), dilation, conv.padding_mode, bias: bias);

            (long, long) In(long[] sizes, long other) => isVertical ? (Two(sizes).Height, other) : (other, Two(sizes).Width);
        }
    }

    private static (long Height, long Width) Two(long[] sizes) => sizes.Length == 1 ? (sizes[0], sizes[0]) : (sizes[0], sizes[1]);
}
