using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models;

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SigmoidModule : Spelling
{
    private readonly Sigmoid module = Sigmoid();

    public SigmoidModule()
        : base("sigmoid") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class TanhModule : Spelling
{
    private readonly Tanh module = Tanh();

    public TanhModule()
        : base("tanh") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SiLUModule : Spelling
{
    private readonly SiLU module = SiLU();

    public SiLUModule()
        : base("silu") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MishModule : Spelling
{
    private readonly Mish module = Mish();

    public MishModule()
        : base("mish") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class HardswishModule : Spelling
{
    private readonly Hardswish module = Hardswish();

    public HardswishModule()
        : base("hardswish") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class HardsigmoidModule : Spelling
{
    private readonly Hardsigmoid module = Hardsigmoid();

    public HardsigmoidModule()
        : base("hardsigmoid") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SELUModule : Spelling
{
    private readonly SELU module = SELU();

    public SELUModule()
        : base("selu") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class GELUModule : Spelling
{
    private readonly GELU module = GELU();

    public GELUModule()
        : base("gelu") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class LeakyReLUModule : Spelling
{
    private readonly LeakyReLU module = LeakyReLU(0.2);

    public LeakyReLUModule()
        : base("leaky_relu") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ELUModule : Spelling
{
    private readonly ELU module = ELU(0.5);

    public ELUModule()
        : base("elu") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class CELUModule : Spelling
{
    private readonly CELU module = CELU(0.5);

    public CELUModule()
        : base("celu") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SoftplusModule : Spelling
{
    private readonly Softplus module = Softplus();

    public SoftplusModule()
        : base("softplus") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class HardtanhModule : Spelling
{
    private readonly Hardtanh module = Hardtanh();

    public HardtanhModule()
        : base("hardtanh") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class PReLUModule : Spelling
{
    private readonly PReLU module = PReLU(4);

    public PReLUModule()
        : base("prelu") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SoftmaxModule : Spelling
{
    private readonly Softmax module = Softmax(1);

    public SoftmaxModule()
        : base("softmax") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class LogSoftmaxModule : Spelling
{
    private readonly LogSoftmax module = LogSoftmax(1);

    public LogSoftmaxModule()
        : base("log_softmax") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class Conv1dModule : Spelling
{
    private readonly Conv1d module = Conv1d(4, 3, 3, padding: 1);

    public Conv1dModule()
        : base("conv1d") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x.flatten(2));
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class Conv3dModule : Spelling
{
    private readonly Conv3d module = Conv3d(4, 3, 3, padding: 1);

    public Conv3dModule()
        : base("conv3d") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x.unsqueeze(-1));
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ConvTranspose1dModule : Spelling
{
    private readonly ConvTranspose1d module = ConvTranspose1d(4, 3, 2, 2);

    public ConvTranspose1dModule()
        : base("conv_transpose1d") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x.flatten(2));
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ConvTranspose2dModule : Spelling
{
    private readonly ConvTranspose2d module = ConvTranspose2d(4, 3, 3, 2, 1, 1);

    public ConvTranspose2dModule()
        : base("conv_transpose2d") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class BatchNorm1dModule : Spelling
{
    private readonly BatchNorm1d module = BatchNorm1d(4);

    public BatchNorm1dModule()
        : base("batch_norm1d") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x.flatten(2));
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class BatchNorm3dModule : Spelling
{
    private readonly BatchNorm3d module = BatchNorm3d(4);

    public BatchNorm3dModule()
        : base("batch_norm3d") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x.unsqueeze(-1));
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class LayerNormModule : Spelling
{
    private readonly LayerNorm module = LayerNorm(6);

    public LayerNormModule()
        : base("layer_norm") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class GroupNormModule : Spelling
{
    private readonly GroupNorm module = GroupNorm(2, 4);

    public GroupNormModule()
        : base("group_norm")
    {
        RegisterComponents();
        // TorchSharp leaves them what the memory was.
        init.normal_(module.weight!);
        init.normal_(module.bias!);
    }

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class InstanceNorm2dModule : Spelling
{
    private readonly InstanceNorm2d module = InstanceNorm2d(4);

    public InstanceNorm2dModule()
        : base("instance_norm2d") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class EmbeddingModule : Spelling
{
    private readonly Embedding module = Embedding(5, 3);

    public EmbeddingModule()
        : base("embedding") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x.argmax(1));
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MaxPool1dModule : Spelling
{
    private readonly MaxPool1d module = MaxPool1d(2);

    public MaxPool1dModule()
        : base("max_pool1d") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x.flatten(2));
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MaxPool3dModule : Spelling
{
    private readonly MaxPool3d module = MaxPool3d(2);

    public MaxPool3dModule()
        : base("max_pool3d") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x.unsqueeze(2).expand(2, 4, 2, 6, 6));
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class AvgPool1dModule : Spelling
{
    private readonly AvgPool1d module = AvgPool1d(2);

    public AvgPool1dModule()
        : base("avg_pool1d") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x.flatten(2));
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class AdaptiveMaxPool2dModule : Spelling
{
    private readonly AdaptiveMaxPool2d module = AdaptiveMaxPool2d([2, 3]);

    public AdaptiveMaxPool2dModule()
        : base("adaptive_max_pool2d") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class UpsampleModule : Spelling
{
    private readonly Upsample module = Upsample(scale_factor: [2, 2]);

    public UpsampleModule()
        : base("upsample") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ZeroPad2dModule : Spelling
{
    private readonly ZeroPad2d module = ZeroPad2d((1, 2, 3, 0));

    public ZeroPad2dModule()
        : base("pad") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class PixelShuffleModule : Spelling
{
    private readonly PixelShuffle module = PixelShuffle(2);

    public PixelShuffleModule()
        : base("pixel_shuffle") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ChannelShuffleModule : Spelling
{
    private readonly ChannelShuffle module = ChannelShuffle(2);

    public ChannelShuffleModule()
        : base("channel_shuffle") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class UnflattenModule : Spelling
{
    private readonly Unflatten module = Unflatten(1, [2, 2]);

    public UnflattenModule()
        : base("unflatten") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class Dropout2dModule : Spelling
{
    private readonly Dropout2d module = Dropout2d();

    public Dropout2dModule()
        : base("dropout") => RegisterComponents();

    public override Tensor forward(Tensor x) => module.forward(x);
}
