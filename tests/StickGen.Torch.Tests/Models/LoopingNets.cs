using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Torch.Tests.Models;

/// <summary>A block of a ResNet of any number of channels.</summary>
[Compressible(Emit = StickGen.Variants.All)]
public sealed partial class ResidualBlock : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d bn1;
    private readonly BatchNorm2d bn2;
    private readonly Sequential? shortcut;

    public ResidualBlock(int inputs, int outputs, int stride)
        : base(nameof(ResidualBlock))
    {
        conv1 = Conv2d(inputs, outputs, 3, stride: stride, padding: 1, bias: false);
        conv2 = Conv2d(outputs, outputs, 3, padding: 1, bias: false);
        bn1 = BatchNorm2d(outputs);
        bn2 = BatchNorm2d(outputs);
        if (stride != 1 || inputs != outputs)
            shortcut = Sequential(Conv2d(inputs, outputs, 1, stride: stride, bias: false), BatchNorm2d(outputs));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var y = relu(bn1.forward(conv1.forward(x)));
        y = bn2.forward(conv2.forward(y));
        return relu(y + (shortcut is null ? x : shortcut.forward(x)));
    }
}

/// <summary>Stages of blocks in lists, and layers in a list that are called by index.</summary>
[Compressible(Emit = StickGen.Variants.All), InputShape("batch", 3, 8, 8)]
public sealed partial class StagesNet : Module<Tensor, Tensor>
{
    private readonly Conv2d stem = Conv2d(3, 4, 3, padding: 1);
    private readonly ModuleList<ResidualBlock> stage1 = new(new ResidualBlock(4, 4, 1), new ResidualBlock(4, 4, 1));
    private readonly ModuleList<ResidualBlock> stage2 = new(new ResidualBlock(4, 6, 2), new ResidualBlock(6, 6, 1));
    private readonly ModuleList<Module<Tensor, Tensor>> layers = new(Conv2d(6, 6, 1), Sequential(Conv2d(6, 6, 1), ReLU()), Identity(), new ResidualBlock(6, 6, 1));
    private readonly Linear fc = Linear(6, 3);

    public StagesNet()
        : base(nameof(StagesNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        x = relu(stem.forward(x));
        foreach (var block in stage1)
            x = block.forward(x);
        foreach (var block in stage2)
            x = block.forward(x);
        for (int i = 0; i < layers.Count; i++)
        {
            var identity = x;
            x = relu(layers[i].forward(x) + identity);
        }

        return fc.forward(adaptive_avg_pool2d(x, 1).flatten(1));
    }
}

/// <summary>A DenseNet: each layer reads what all before it gave.</summary>
[Compressible(Emit = StickGen.Variants.All), InputShape("batch", 3, 8, 8)]
public sealed partial class DenseListNet : Module<Tensor, Tensor>
{
    private readonly ModuleList<Conv2d> convs = new(Conv2d(3, 4, 3, padding: 1), Conv2d(7, 4, 3, padding: 1), Conv2d(11, 4, 3, padding: 1));
    private readonly ModuleList<BatchNorm2d> norms = new(BatchNorm2d(4), BatchNorm2d(4), BatchNorm2d(4));
    private readonly Conv2d head = Conv2d(15, 4, 1);
    private readonly int[] taps;

    public DenseListNet(params int[] taps)
        : base(nameof(DenseListNet))
    {
        this.taps = taps;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var features = new List<Tensor> { x };
        var tapped = new List<Tensor>();
        foreach (var (conv, norm) in convs.Zip(norms))
        {
            var y = relu(norm.forward(conv.forward(cat(features, 1))));
            features.Add(y);
            if (taps.Contains(features.Count))
                tapped.Add(y);
        }

        var sum = head.forward(cat(features.ToArray(), 1));
        foreach (var y in tapped)
            sum = relu(sum + y);
        return sum;
    }
}

/// <summary>A U-Net: what goes down is kept, and read in reverse on the way up.</summary>
[Compressible(Emit = StickGen.Variants.All), InputShape("batch", 3, 16, 16)]
public sealed partial class UNet : Module<Tensor, Tensor>
{
    private readonly ModuleList<Module<Tensor, Tensor>> encoders = new();
    private readonly ModuleList<Sequential> decoders = new();
    private readonly ModuleDict<Conv2d> heads = new();
    private readonly Conv2d middle;
    private readonly Conv2d squeeze;
    private readonly int depth;

    public UNet(int depth, int width)
        : base(nameof(UNet))
    {
        this.depth = depth;
        for (var i = 0; i < depth; i++)
        {
            encoders.Add(Sequential(Conv2d(i == 0 ? 3 : width, width, 3, padding: 1, bias: false), BatchNorm2d(width), ReLU()));
            decoders.Add(Sequential(Conv2d(2 * width, width, 3, padding: 1), ReLU()));
        }

        middle = Conv2d(width, width, 3, padding: 1);
        squeeze = Conv2d(width, width, 3, stride: 2, padding: 1);
        heads.Add("left", Conv2d(width, 2, 1));
        heads.Add("right", Conv2d(width, 2, 1));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var skips = new List<Tensor>();
        for (int i = 0; i < depth; i++)
        {
            x = encoders[i].forward(x);
            skips.Add(x);
            if (i == depth - 1)
                break;
            x = relu(middle.forward(x));
        }

        for (int i = depth - 1; i >= 0; i--)
        {
            x = decoders[i].forward(cat([x, skips[i]], 1));
            if (i % 2 == 0)
                continue;
            x = relu6(x);
        }

        x = squeeze.forward(x);
        var outputs = new List<Tensor>();
        foreach (var (name, head) in heads)
            outputs.Add(name == "left" ? head.forward(x) : relu(head.forward(x)));
        return outputs[0] + outputs[^1];
    }
}

/// <summary>Values that turn out to be the same one, and modules that are called once in each iteration.</summary>
[Compressible(Emit = StickGen.Variants.All), InputShape("batch", 4, 6, 6)]
public sealed partial class RecurrentNet : Module<Tensor, Tensor>
{
    private readonly Conv2d cell = Conv2d(4, 4, 3, padding: 1);
    private readonly Conv2d? gate;
    private readonly Conv2d last = Conv2d(12, 3, 1);
    private readonly Sequential tail = Sequential(Conv2d(3, 3, 1), ReLU(), Conv2d(3, 2, 1));
    private readonly int steps;

    public RecurrentNet(int steps, bool isGated)
        : base(nameof(RecurrentNet))
    {
        this.steps = steps;
        gate = isGated ? Conv2d(4, 4, 1) : null;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var previous = x;
        var state = gate is null ? x : gate.forward(x);
        for (int i = 0; i < steps; i++)
        {
            var next = relu(cell.forward(state) + previous);
            (previous, state) = (state, next);
        }

        x = last.forward(cat([previous, x, state], 1));
        foreach (Module<Tensor, Tensor> layer in tail.children())
            x = layer.forward(x);
        return x;
    }
}

/// <summary>A convolution and its activation, one after the other in a list.</summary>
[Compressible(Emit = StickGen.Variants.All), InputShape("batch", 3, 6, 6)]
public sealed partial class ChainNet : Module<Tensor, Tensor>
{
    private readonly ModuleList<Module<Tensor, Tensor>> layers = new(Conv2d(3, 4, 1), ReLU());

    public ChainNet()
        : base(nameof(ChainNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        foreach (var layer in layers)
            x = layer.forward(x);
        return x;
    }
}
