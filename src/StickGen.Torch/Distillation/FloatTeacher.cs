using StickGen.Compression;
using StickGen.Quantization;
using StickGen.Units;
using static TorchSharp.torch;

namespace StickGen.Distillation;

/// <summary>Leaves all in float: its variant computes what the model does, and its values can be had.</summary>
internal sealed class FloatTeacher : CompressionAlgorithm
{
    public override string Name => "float";

    protected internal override QuantizationScheme? ActivationScheme(Unit unit) => null;

    protected internal override FakeQuantizer CreateActivationQuantizer(IReadOnlyList<Unit> units, QuantizationScheme scheme) =>
        throw new InvalidOperationException("A teacher has no quantizers.");

    protected internal override FakeQuantizer? CreateWeightQuantizer(Site site, Tensor weight) => null;
}
