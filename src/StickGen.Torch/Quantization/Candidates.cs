using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>Weights from logits: <c>s · Σ softmax(T · logits)ₖ · lₖ</c>, one pass over memory forward and one backward.</summary>
internal sealed class Candidates : autograd.SingleTensorFunction<Candidates>
{
    public override string Name => nameof(Candidates);

    /// <param name="logits">[candidates, shape of the weight].</param>
    /// <param name="scale">[] or [channels], with its gradient.</param>
    /// <param name="settings">The scales that count, and the temperature.</param>
    public static Tensor Apply(Parameter logits, Parameter scale, Settings settings)
    {
        if (is_grad_enabled() && ((logits.requires_grad && !settings.IsChosen) || scale.requires_grad))
            return apply(logits, scale, settings);
        using var noGrad = no_grad();
        return Compute(logits, settings);
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_for_backward([(Tensor)vars[0]]);
        var settings = (Settings)vars[^1];
        ctx.save_data(nameof(Settings), settings);
        return Compute((Tensor)vars[0], settings);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var settings = (Settings)ctx.get_data(nameof(Settings));
        using var logits = ctx.get_saved_variables()[0];
        var (gradient, sums) = settings.IsChosen
            ? (null, CandidateKernel.ChosenGradient(logits, grad_output, settings.Scales.Length))
            : CandidateKernel.WeighedGradient(logits, grad_output, settings.Scales, settings.Temperature);
        var ofScale = tensor(Array.ConvertAll(sums, s => (float)(settings.ScaleFactor * s)), device: logits.device);
        // One scale is a number, one for each of one channel is a vector: the kernel cannot tell.
        ofScale = settings.Scales.Length == 1 && !settings.PerChannel ? ofScale.reshape([]) : ofScale;
        return [gradient?.MoveToOuterDisposeScope()!, ofScale.MoveToOuterDisposeScope(), null!];
    }

    private static Tensor Compute(Tensor logits, Settings settings) => settings.IsChosen
        ? CandidateKernel.Choose(logits, settings.Scales)
        : CandidateKernel.Weigh(logits, settings.Scales, settings.Temperature);

    /// <param name="Scales">The scales that count.</param>
    /// <param name="Temperature">What logits are multiplied by; infinite for the greatest one alone.</param>
    /// <param name="ScaleFactor">What gradients of scales are multiplied by.</param>
    /// <param name="PerChannel">Whether the scale is a vector.</param>
    internal sealed record Settings(float[] Scales, float Temperature, double ScaleFactor, bool PerChannel)
    {
        public bool IsChosen => float.IsPositiveInfinity(Temperature);
    }
}
