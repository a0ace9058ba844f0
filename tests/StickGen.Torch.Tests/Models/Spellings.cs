using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Models;

/// <summary>A model of one operation, in one of the ways to write it.</summary>
/// <param name="kind">The kind of node that it has to be.</param>
internal abstract class Spelling(string kind) : Module<Tensor, Tensor>(kind)
{
    public string Kind { get; } = kind;
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SigmoidOfTorchSpelling() : Spelling("sigmoid")
{
    public override Tensor forward(Tensor x) => torch.sigmoid(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SigmoidMethodSpelling() : Spelling("sigmoid")
{
    public override Tensor forward(Tensor x) => x.sigmoid();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SigmoidInPlaceSpelling() : Spelling("sigmoid")
{
    public override Tensor forward(Tensor x) => (x * 2).sigmoid_();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SigmoidFunctionalSpelling() : Spelling("sigmoid")
{
    public override Tensor forward(Tensor x) => functional.sigmoid(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class TanhFunctionalSpelling() : Spelling("tanh")
{
    public override Tensor forward(Tensor x) => functional.tanh(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class TanhMethodSpelling() : Spelling("tanh")
{
    public override Tensor forward(Tensor x) => x.tanh();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SiluFunctionalSpelling() : Spelling("silu")
{
    public override Tensor forward(Tensor x) => functional.silu(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SiluMethodSpelling() : Spelling("silu")
{
    public override Tensor forward(Tensor x) => x.silu();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SiluInPlaceSpelling() : Spelling("silu")
{
    public override Tensor forward(Tensor x) => functional.silu(x * 2, inplace: true);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MishFunctionalSpelling() : Spelling("mish")
{
    public override Tensor forward(Tensor x) => functional.mish(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class HardswishFunctionalSpelling() : Spelling("hardswish")
{
    public override Tensor forward(Tensor x) => functional.hardswish(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class HardswishMethodSpelling() : Spelling("hardswish")
{
    public override Tensor forward(Tensor x) => x.hardswish();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class HardsigmoidFunctionalSpelling() : Spelling("hardsigmoid")
{
    public override Tensor forward(Tensor x) => functional.hardsigmoid(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SeluFunctionalSpelling() : Spelling("selu")
{
    public override Tensor forward(Tensor x) => functional.selu(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SoftsignFunctionalSpelling() : Spelling("softsign")
{
    public override Tensor forward(Tensor x) => functional.softsign(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class TanhshrinkFunctionalSpelling() : Spelling("tanhshrink")
{
    public override Tensor forward(Tensor x) => functional.tanhshrink(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class LogSigmoidFunctionalSpelling() : Spelling("log_sigmoid")
{
    public override Tensor forward(Tensor x) => functional.logsigmoid(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class GeluFunctionalSpelling() : Spelling("gelu")
{
    public override Tensor forward(Tensor x) => functional.gelu(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class GeluTanhFunctionalSpelling() : Spelling("gelu")
{
    public override Tensor forward(Tensor x) => functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class GeluMethodSpelling() : Spelling("gelu")
{
    public override Tensor forward(Tensor x) => x.gelu();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class LeakyReluFunctionalSpelling() : Spelling("leaky_relu")
{
    public override Tensor forward(Tensor x) => functional.leaky_relu(x, 0.2);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class LeakyReluMethodSpelling() : Spelling("leaky_relu")
{
    public override Tensor forward(Tensor x) => x.leaky_relu(0.2);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class LeakyReluInPlaceSpelling() : Spelling("leaky_relu")
{
    public override Tensor forward(Tensor x) => x.clone().leaky_relu_(0.2f);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class EluFunctionalSpelling() : Spelling("elu")
{
    public override Tensor forward(Tensor x) => functional.elu(x, 0.5);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class EluMethodSpelling() : Spelling("elu")
{
    public override Tensor forward(Tensor x) => x.elu();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class CeluFunctionalSpelling() : Spelling("celu")
{
    public override Tensor forward(Tensor x) => functional.celu(x, 0.5);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SoftplusFunctionalSpelling() : Spelling("softplus")
{
    public override Tensor forward(Tensor x) => functional.softplus(x, 2);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SoftplusMethodSpelling() : Spelling("softplus")
{
    public override Tensor forward(Tensor x) => x.softplus();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class HardtanhFunctionalSpelling() : Spelling("hardtanh")
{
    public override Tensor forward(Tensor x) => functional.hardtanh(x, -0.5, 0.5);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class HardtanhMethodSpelling() : Spelling("hardtanh")
{
    public override Tensor forward(Tensor x) => x.hardtanh(-0.5, 0.5);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ClampMethodSpelling() : Spelling("clamp")
{
    public override Tensor forward(Tensor x) => x.clamp(-0.5, 0.5);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ClampOfTorchSpelling() : Spelling("clamp")
{
    public override Tensor forward(Tensor x) => torch.clamp(x, min: 0);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ClampMinSpelling() : Spelling("clamp")
{
    public override Tensor forward(Tensor x) => x.clamp_min(0.1f);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ExpSpelling() : Spelling("exp")
{
    public override Tensor forward(Tensor x) => x.exp();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class LogSpelling() : Spelling("log")
{
    public override Tensor forward(Tensor x) => torch.log(x.abs() + 1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SqrtSpelling() : Spelling("sqrt")
{
    public override Tensor forward(Tensor x) => x.abs().sqrt();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class RsqrtSpelling() : Spelling("rsqrt")
{
    public override Tensor forward(Tensor x) => torch.rsqrt(x * x + 1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ReciprocalSpelling() : Spelling("reciprocal")
{
    public override Tensor forward(Tensor x) => (x.abs() + 1).reciprocal();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SquareSpelling() : Spelling("square")
{
    public override Tensor forward(Tensor x) => x.square();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class AbsSpelling() : Spelling("abs")
{
    public override Tensor forward(Tensor x) => torch.abs(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class NegOperatorSpelling() : Spelling("neg")
{
    public override Tensor forward(Tensor x) => -x;
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class NegMethodSpelling() : Spelling("neg")
{
    public override Tensor forward(Tensor x) => x.neg();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SinSpelling() : Spelling("sin")
{
    public override Tensor forward(Tensor x) => x.sin();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class CosSpelling() : Spelling("cos")
{
    public override Tensor forward(Tensor x) => torch.cos(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ErfSpelling() : Spelling("erf")
{
    public override Tensor forward(Tensor x) => x.erf();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class FloorSpelling() : Spelling("floor")
{
    public override Tensor forward(Tensor x) => x.floor();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class RoundSpelling() : Spelling("round")
{
    public override Tensor forward(Tensor x) => x.round();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class AddNumberSpelling() : Spelling("add_scaled")
{
    public override Tensor forward(Tensor x) => x + 1;
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class AddNumberFirstSpelling() : Spelling("add_scaled")
{
    public override Tensor forward(Tensor x) => 0.5f + x;
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class AddMethodNumberSpelling() : Spelling("add_scaled")
{
    public override Tensor forward(Tensor x) => x.add(2);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class AddAlphaSpelling() : Spelling("add_scaled")
{
    public override Tensor forward(Tensor x) => x.add(x.sin(), 0.5);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class AddBroadcastSpelling() : Spelling("add")
{
    public override Tensor forward(Tensor x) => x + x.mean([2, 3], keepdim: true);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class AddInPlaceSpelling() : Spelling("add")
{
    public override Tensor forward(Tensor x) => x.clone().add_(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SubOperatorSpelling() : Spelling("sub")
{
    public override Tensor forward(Tensor x) => x - x.sin();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SubNumberSpelling() : Spelling("sub")
{
    public override Tensor forward(Tensor x) => 1 - x;
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SubMethodSpelling() : Spelling("sub")
{
    public override Tensor forward(Tensor x) => torch.sub(x, x.sin());
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MulOperatorSpelling() : Spelling("mul")
{
    public override Tensor forward(Tensor x) => x * x.sin();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MulNumberSpelling() : Spelling("mul")
{
    public override Tensor forward(Tensor x) => x * 0.5;
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MulInPlaceSpelling() : Spelling("mul")
{
    public override Tensor forward(Tensor x) => x.clone().mul_(0.5);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MulSizeSpelling() : Spelling("mul")
{
    public override Tensor forward(Tensor x) => x * (1.0 / Math.Sqrt(x.shape[1]));
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MulBroadcastSpelling() : Spelling("mul")
{
    public override Tensor forward(Tensor x) => x * x.mean([2, 3], keepdim: true);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class DivOperatorSpelling() : Spelling("div")
{
    public override Tensor forward(Tensor x) => x / (x.abs() + 1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class DivNumberSpelling() : Spelling("div")
{
    public override Tensor forward(Tensor x) => x / 2;
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class DivNumberFirstSpelling() : Spelling("div")
{
    public override Tensor forward(Tensor x) => 1 / (x.abs() + 1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class DivMethodSpelling() : Spelling("div")
{
    public override Tensor forward(Tensor x) => x.div(3);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class PowNumberSpelling() : Spelling("pow")
{
    public override Tensor forward(Tensor x) => x.pow(2);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class PowOfTorchSpelling() : Spelling("pow")
{
    public override Tensor forward(Tensor x) => torch.pow(x.abs(), x.sin());
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MinimumSpelling() : Spelling("minimum")
{
    public override Tensor forward(Tensor x) => torch.minimum(x, x.sin());
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MaximumSpelling() : Spelling("maximum")
{
    public override Tensor forward(Tensor x) => torch.max(x, x.sin());
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class AddcmulSpelling() : Spelling("addcmul")
{
    public override Tensor forward(Tensor x) => torch.addcmul(x, x.sin(), x.cos(), 0.5);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class WhereSpelling() : Spelling("where")
{
    public override Tensor forward(Tensor x) => torch.where(x > 0, x, x.sin());
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MaskedFillSpelling() : Spelling("masked_fill")
{
    public override Tensor forward(Tensor x) => x.masked_fill(x > 0, -1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MatMulSpelling() : Spelling("matmul")
{
    public override Tensor forward(Tensor x) => torch.matmul(x, x.transpose(2, 3));
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MatMulMethodSpelling() : Spelling("matmul")
{
    public override Tensor forward(Tensor x) => x.matmul(x.mT);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class BmmSpelling() : Spelling("matmul")
{
    public override Tensor forward(Tensor x) => torch.bmm(x[0], x[1]);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class LayerNormFunctionalSpelling() : Spelling("layer_norm")
{
    public override Tensor forward(Tensor x) => functional.layer_norm(x, [6]);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class GroupNormFunctionalSpelling() : Spelling("group_norm")
{
    public override Tensor forward(Tensor x) => functional.group_norm(x, 2);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SoftmaxFunctionalSpelling() : Spelling("softmax")
{
    public override Tensor forward(Tensor x) => functional.softmax(x, -1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SoftmaxMethodSpelling() : Spelling("softmax")
{
    public override Tensor forward(Tensor x) => x.softmax(1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class LogSoftmaxFunctionalSpelling() : Spelling("log_softmax")
{
    public override Tensor forward(Tensor x) => functional.log_softmax(x, 1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class AttentionSpelling() : Spelling("scaled_dot_product_attention")
{
    public override Tensor forward(Tensor x) => functional.scaled_dot_product_attention(x, x, x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class CausalAttentionSpelling() : Spelling("scaled_dot_product_attention")
{
    public override Tensor forward(Tensor x) => functional.scaled_dot_product_attention(x, x.sin(), x, is_casual: true);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MeanAllSpelling() : Spelling("mean")
{
    public override Tensor forward(Tensor x) => x.mean();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MeanDimsSpelling() : Spelling("mean")
{
    public override Tensor forward(Tensor x) => x.mean([2, 3]);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MeanKeptSpelling() : Spelling("mean")
{
    public override Tensor forward(Tensor x) => torch.mean(x, new long[] { -1 }, keepdim: true);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SumDimSpelling() : Spelling("sum")
{
    public override Tensor forward(Tensor x) => x.sum(1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SumKeptSpelling() : Spelling("sum")
{
    public override Tensor forward(Tensor x) => x.sum(dim: -1, keepdim: true);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class VarSpelling() : Spelling("var")
{
    public override Tensor forward(Tensor x) => x.var(-1, unbiased: false, keepdim: true);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class StdSpelling() : Spelling("std")
{
    public override Tensor forward(Tensor x) => x.std(1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class AmaxSpelling() : Spelling("amax")
{
    public override Tensor forward(Tensor x) => x.amax(2, 3);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class AmaxKeptSpelling() : Spelling("amax")
{
    public override Tensor forward(Tensor x) => torch.amax(x, [1], keepdim: true);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MaxAllSpelling() : Spelling("amax")
{
    public override Tensor forward(Tensor x) => x.max();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class AminSpelling() : Spelling("amin")
{
    public override Tensor forward(Tensor x) => x.amin(1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ArgmaxSpelling() : Spelling("argmax")
{
    public override Tensor forward(Tensor x) => x.argmax(1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MaxPool1dFunctionalSpelling() : Spelling("max_pool1d")
{
    public override Tensor forward(Tensor x) => functional.max_pool1d(x.flatten(2), 2);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class AvgPool1dFunctionalSpelling() : Spelling("avg_pool1d")
{
    public override Tensor forward(Tensor x) => functional.avg_pool1d(x.flatten(2), 3, 2, 1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class AdaptiveAvgPool1dFunctionalSpelling() : Spelling("adaptive_avg_pool1d")
{
    public override Tensor forward(Tensor x) => functional.adaptive_avg_pool1d(x.flatten(2), 5);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class AdaptiveMaxPool2dFunctionalSpelling() : Spelling("adaptive_max_pool2d")
{
    public override Tensor forward(Tensor x) => functional.adaptive_max_pool2d(x, [2, 3]);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class InterpolateSpelling() : Spelling("upsample")
{
    public override Tensor forward(Tensor x) => functional.interpolate(x, scale_factor: [2, 2]);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class InterpolateToSpelling() : Spelling("upsample")
{
    public override Tensor forward(Tensor x) => functional.interpolate(x, size: [5, 9], mode: InterpolationMode.Bilinear);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class PadFunctionalSpelling() : Spelling("pad")
{
    public override Tensor forward(Tensor x) => functional.pad(x, (1, 2, 0, 1));
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class PadArraySpelling() : Spelling("pad")
{
    public override Tensor forward(Tensor x) => functional.pad(x, [1, 1]);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class PermuteSpelling() : Spelling("permute")
{
    public override Tensor forward(Tensor x) => x.permute(0, 2, 3, 1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class PermuteOfTorchSpelling() : Spelling("permute")
{
    public override Tensor forward(Tensor x) => torch.permute(x, 0, 3, 1, 2);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class TransposeSpelling() : Spelling("transpose")
{
    public override Tensor forward(Tensor x) => x.transpose(1, -1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SwapaxesSpelling() : Spelling("transpose")
{
    public override Tensor forward(Tensor x) => x.swapaxes(1, 2);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class MatrixTransposeSpelling() : Spelling("matrix_transpose")
{
    public override Tensor forward(Tensor x) => x.mT;
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ExpandSpelling() : Spelling("expand")
{
    public override Tensor forward(Tensor x) => x.mean([1], keepdim: true).expand(2, 3, -1, -1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ExpandAsSpelling() : Spelling("expand_as")
{
    public override Tensor forward(Tensor x) => x.mean([1], keepdim: true).expand_as(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class RepeatSpelling() : Spelling("repeat")
{
    public override Tensor forward(Tensor x) => x.repeat(1, 2, 1, 1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class RepeatInterleaveSpelling() : Spelling("repeat_interleave")
{
    public override Tensor forward(Tensor x) => x.repeat_interleave(2, 1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class FlipSpelling() : Spelling("flip")
{
    public override Tensor forward(Tensor x) => x.flip(2, 3);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class RollSpelling() : Spelling("roll")
{
    public override Tensor forward(Tensor x) => x.roll([1, 1], [2, 3]);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class NarrowSpelling() : Spelling("narrow")
{
    public override Tensor forward(Tensor x) => x.narrow(1, 1, 2);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class NarrowHalfSpelling() : Spelling("narrow")
{
    public override Tensor forward(Tensor x) => x.narrow(1, 0, x.shape[1] / 2);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SliceSpelling() : Spelling("slice")
{
    public override Tensor forward(Tensor x) => x.slice(1, 0, 3, 2);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SelectSpelling() : Spelling("select")
{
    public override Tensor forward(Tensor x) => x.select(1, 0);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class IndexRangesSpelling() : Spelling("index")
{
    public override Tensor forward(Tensor x) => x[.., 1..3, .., 0];
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class IndexSlicesSpelling() : Spelling("index")
{
    public override Tensor forward(Tensor x) => x[TensorIndex.Colon, TensorIndex.Slice(0, null, 2), TensorIndex.Ellipsis];
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class IndexEllipsisSpelling() : Spelling("index")
{
    public override Tensor forward(Tensor x) => x[TensorIndex.Ellipsis, TensorIndex.Slice(1, 3)];
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class IndexNewSpelling() : Spelling("index")
{
    public override Tensor forward(Tensor x) => x[TensorIndex.None, 0];
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class IndexNumbersSpelling() : Spelling("index")
{
    public override Tensor forward(Tensor x) => x[0, 1];
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class IndexSelectSpelling() : Spelling("index_select")
{
    public override Tensor forward(Tensor x) => x.index_select(1, torch.arange(2));
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class GatherSpelling() : Spelling("gather")
{
    public override Tensor forward(Tensor x) => x.gather(1, x.argmax(1, keepdim: true));
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ChunkElementSpelling() : Spelling("chunk")
{
    public override Tensor forward(Tensor x) => x.chunk(2, 1)[1];
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SplitElementSpelling() : Spelling("split")
{
    public override Tensor forward(Tensor x) => x.split(3, 2)[1];
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SplitSizesSpelling() : Spelling("split")
{
    public override Tensor forward(Tensor x) => x.split([1, 3], 1)[1];
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class UnbindSpelling() : Spelling("unbind")
{
    public override Tensor forward(Tensor x) => x.unbind(1)[2];
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ChunkConcatSpelling() : Spelling("chunk")
{
    public override Tensor forward(Tensor x) => torch.cat(x.chunk(2, 1), 2);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class StackSpelling() : Spelling("stack")
{
    public override Tensor forward(Tensor x) => torch.stack([x, x.sin()], 1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class StackLastSpelling() : Spelling("stack")
{
    public override Tensor forward(Tensor x) => torch.stack(new[] { x, x }, -1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class PixelShuffleFunctionalSpelling() : Spelling("pixel_shuffle")
{
    public override Tensor forward(Tensor x) => functional.pixel_shuffle(x, 2);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ChannelShuffleMethodSpelling() : Spelling("channel_shuffle")
{
    public override Tensor forward(Tensor x) => x.channel_shuffle(2);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class SqueezeSpelling() : Spelling("squeeze")
{
    public override Tensor forward(Tensor x) => x.mean([1], keepdim: true).squeeze(1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class UnsqueezeSpelling() : Spelling("unsqueeze")
{
    public override Tensor forward(Tensor x) => x.unsqueeze(-1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class UnflattenSpelling() : Spelling("unflatten")
{
    public override Tensor forward(Tensor x) => x.unflatten(1, 2, 2);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ViewSpelling() : Spelling("reshape")
{
    public override Tensor forward(Tensor x) => x.view(2, -1, 6);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class Flatten2Spelling() : Spelling("flatten")
{
    public override Tensor forward(Tensor x) => torch.flatten(x, 1, 2);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class TrilSpelling() : Spelling("tril")
{
    public override Tensor forward(Tensor x) => x.tril();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class TriuSpelling() : Spelling("triu")
{
    public override Tensor forward(Tensor x) => torch.triu(x, 1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class CumsumSpelling() : Spelling("cumsum")
{
    public override Tensor forward(Tensor x) => x.cumsum(1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class CastSpelling() : Spelling("cast")
{
    public override Tensor forward(Tensor x) => x.to(ScalarType.Float64);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class CastTypeSpelling() : Spelling("cast")
{
    public override Tensor forward(Tensor x) => x.to_type(ScalarType.Float32);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ZerosLikeSpelling() : Spelling("zeros_like")
{
    public override Tensor forward(Tensor x) => x + torch.zeros_like(x);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ZerosSpelling() : Spelling("zeros")
{
    public override Tensor forward(Tensor x) => torch.cat([x, torch.zeros(x.shape[0], 1, 6, 6)], 1);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class OnesSpelling() : Spelling("ones")
{
    public override Tensor forward(Tensor x) => torch.ones(6, 6) * x;
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ArangeSpelling() : Spelling("arange")
{
    public override Tensor forward(Tensor x) => x + torch.arange(6);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class FullSpelling() : Spelling("full")
{
    public override Tensor forward(Tensor x) => torch.full(6, 2.0) + x;
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class Dropout2dFunctionalSpelling() : Spelling("dropout")
{
    public override Tensor forward(Tensor x) => functional.dropout2d(x, 0.5, false);
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class DetachSpelling() : Spelling("identity")
{
    public override Tensor forward(Tensor x) => x.detach();
}

[Compressible(Emit = StickGen.Variants.FakeQuantized), InputShape(2, 4, 6, 6)]
internal sealed partial class ContiguousSpelling() : Spelling("identity")
{
    public override Tensor forward(Tensor x) => x.permute(0, 2, 3, 1).contiguous();
}
