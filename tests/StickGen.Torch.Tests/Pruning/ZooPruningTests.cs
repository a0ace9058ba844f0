using StickGen.Compression;
using StickGen.Pruning;
using StickGen.Torch.Tests.Models.Zoo;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Pruning;

/// <summary>Networks as they are published, at half of their width.</summary>
public sealed class ZooPruningTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public ZooPruningTests() => random.manual_seed(47);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void ResNet() => Check(() => new ResNet([1, 2], hasBottlenecks: true), 0.4, 1, 3, 64, 64);

    [Fact]
    public void MobileNet() => Check(() => new MobileNetV2(), 0.4, 1, 3, 64, 64);

    [Fact]
    public void GoogLeNet() => Check(() => new GoogLeNet(), 0.35, 1, 3, 64, 64);

    [Fact]
    public void UNet() => Check(() => new UNet(4), 0.3, 1, 3, 64, 64);

    [Fact]
    public void Yolo() => Check(() => new C2f(), 0.4, 1, 16, 20, 20);

    [Fact]
    public void Heads_of_attention_are_channels()
    {
        using var model = new VisionTransformer(32, 2, 2, 10);
        var groups = ChannelGroups.Of(model);
        // Two heads of 16 features: of queries, keys and values, and of what the projection reads.
        Assert.Equal("blocks.0.qkv: 2 × (48 of blocks.0.qkv output, 16 of blocks.0.projection input)", groups["blocks.0.qkv"].ToString());
        Assert.Equal("blocks.1.fc1: 128 × (blocks.1.fc1 output, blocks.1.fc2 input)", groups["blocks.1.fc1"].ToString());
        int[] first = [.. Enumerable.Range(0, 16), .. Enumerable.Range(32, 16), .. Enumerable.Range(64, 16)];
        Assert.Equal(first, groups["blocks.0.qkv"].Axes[0].Indices[0]);
        Assert.Contains("token dimension 2", groups["patches"].ToString(), StringComparison.Ordinal);
        Assert.Contains("joins it with a value whose channels stay", groups["positions"].FrozenBecause, StringComparison.Ordinal);
    }

    private static void Check<T>(Func<T> create, double left, params long[] shape)
        where T : nn.Module<Tensor, Tensor>, ICompressible
    {
        var report = MaskedIsShrunk.Check(create, g => Enumerable.Range(0, g.Width).Where(i => i % 2 == 0), shape);
        Assert.InRange(report.ParameterRatio, 0.2, left);
    }
}
