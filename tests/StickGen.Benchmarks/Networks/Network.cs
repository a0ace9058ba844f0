using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Benchmarks.Networks;

/// <summary>The networks that are measured.</summary>
internal sealed record Network(string Name, Func<ModelGraph> Build)
{
    public static IReadOnlyList<Network> All { get; } =
    [
        new("lenet5", LeNet5),
        new("resnet20", ResNet20),
        new("mobilenetv2", MobileNetV2),
        new("resnet18", ResNet18),
        new("encoder", TransformerEncoder),
    ];

    /// <summary>One layer: 3×3, 64 channels to 64, on 56×56.</summary>
    public static ModelGraph Convolution3x3() => new NetworkBuilder("Convolution", 64, 56).Convolution("conv", 64, 3).Build();

    private static ModelGraph LeNet5() => new NetworkBuilder("LeNet5", 1, 28)
        .Convolution("conv1", 6, 5, padding: 0).MaxPool("pool1", 2, 2)
        .Convolution("conv2", 16, 5, padding: 0).MaxPool("pool2", 2, 2)
        .Flatten()
        .Linear("fc1", 120, Activation.Relu)
        .Linear("fc2", 84, Activation.Relu)
        .Linear("fc3", 10, last: true)
        .Build();

    /// <summary>For CIFAR-10 (He et al. 2016), three stages of three blocks; shortcuts of another size are projections.</summary>
    private static ModelGraph ResNet20()
    {
        var net = new NetworkBuilder("ResNet20", 3, 32).Convolution("stem", 16, 3, isAdded: true);
        for (var stage = 0; stage < 3; stage++)
        {
            for (var block = 0; block < 3; block++)
                BasicBlock(net, $"stage{stage + 1}.{block}", 16 << stage, stage > 0 && block == 0 ? 2 : 1);
        }

        return net.GlobalMean().Linear("fc", 10, last: true).Build();
    }

    private static ModelGraph ResNet18()
    {
        var net = new NetworkBuilder("ResNet18", 3, 224).Convolution("stem", 64, 7, 2, isAdded: true).MaxPool("pool", 3, 2, 1);
        for (var stage = 0; stage < 4; stage++)
        {
            for (var block = 0; block < 2; block++)
                BasicBlock(net, $"layer{stage + 1}.{block}", 64 << stage, stage > 0 && block == 0 ? 2 : 1);
        }

        return net.GlobalMean().Linear("fc", 1000, last: true).Build();
    }

    /// <summary>Four layers of width 256 with 8 heads, for 128 tokens (Vaswani et al. 2017, with GELU).</summary>
    private static ModelGraph TransformerEncoder()
    {
        const int Heads = 8;
        var net = NetworkBuilder.OfTokens("TransformerEncoder", 128, 256);
        for (var layer = 0; layer < 4; layer++)
        {
            var (name, input) = ($"layer{layer}", net.Value);
            var width = net.Channels;
            var query = net.Linear($"{name}.query", width).Heads($"{name}.query", Heads, isTransposed: false);
            net.Value = input;
            var key = net.Linear($"{name}.key", width).Heads($"{name}.key", Heads, isTransposed: true);
            net.Value = input;
            var value = net.Linear($"{name}.value", width).Heads($"{name}.value", Heads, isTransposed: false);
            net.Attention($"{name}.attention", query, key, value).Linear($"{name}.output", width, isAdded: true).Add(input).LayerNorm($"{name}.norm1");
            var middle = net.Value;
            net.Linear($"{name}.wide", 4 * width).Gelu($"{name}.gelu").Linear($"{name}.narrow", width, isAdded: true).Add(middle).LayerNorm($"{name}.norm2");
        }

        return net.Build();
    }

    private static void BasicBlock(NetworkBuilder net, string name, int channels, int stride)
    {
        var (input, changes) = (net.Value, stride != 1 || net.Channels != channels);
        var shortcut = changes
            ? net.Convolution($"{name}.down", channels, 1, stride, activation: Activation.None, isAdded: true).Value
            : input;
        net.Value = input;
        net.Convolution($"{name}.conv1", channels, 3, stride)
            .Convolution($"{name}.conv2", channels, 3, activation: Activation.None, isAdded: true)
            .Add(shortcut, Activation.Relu);
    }

    /// <summary>Width 1.0 (Sandler et al. 2018).</summary>
    private static ModelGraph MobileNetV2()
    {
        var net = new NetworkBuilder("MobileNetV2", 3, 224).Convolution("stem", 32, 3, 2, activation: Activation.Relu6);
        (int Expansion, int Channels, int Blocks, int Stride)[] stages =
            [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];
        for (var stage = 0; stage < stages.Length; stage++)
        {
            var (expansion, channels, blocks, stride) = stages[stage];
            for (var block = 0; block < blocks; block++)
                InvertedResidual(net, $"stage{stage + 1}.{block}", expansion, channels, block == 0 ? stride : 1);
        }

        return net.Convolution("head", 1280, 1, activation: Activation.Relu6).GlobalMean().Linear("fc", 1000, last: true).Build();
    }

    private static void InvertedResidual(NetworkBuilder net, string name, int expansion, int channels, int stride)
    {
        var input = net.Value;
        var (inputs, hidden) = (net.Channels, net.Channels * expansion);
        if (expansion != 1)
            net.Convolution($"{name}.expand", hidden, 1, activation: Activation.Relu6);
        net.Convolution($"{name}.depthwise", hidden, 3, stride, groups: hidden, activation: Activation.Relu6)
            .Convolution($"{name}.project", channels, 1, activation: Activation.None, isAdded: true);
        if (stride == 1 && inputs == channels)
            net.Add(input);
    }
}
