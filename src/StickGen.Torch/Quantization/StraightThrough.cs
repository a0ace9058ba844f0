using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>
/// Fake quantization by one scale that is given: one pass over memory forward, and one backward, in which the gradient goes through where
/// <c>x</c> is between two ends. Composed of tensor operations, a clamp alone takes four on the way back.
/// </summary>
internal sealed class StraightThrough : autograd.SingleTensorFunction<StraightThrough>
{
    public override string Name => nameof(StraightThrough);

    /// <summary>Whether the passes are there for a tensor: float32 in the CPU's memory.</summary>
    public static bool Suits(Tensor x) => x.dtype == ScalarType.Float32 && x.device_type == DeviceType.CPU && x.numel() > 0;

    /// <summary>Rounds, with a gradient for <paramref name="x"/>.</summary>
    /// <param name="x">Values of any shape, which <see cref="Suits"/>.</param>
    /// <param name="range">One scale and zero point.</param>
    /// <param name="ends">The least and the greatest value with a gradient.</param>
    public static Tensor Apply(Tensor x, AffineParameters range, (float Low, float High) ends)
    {
        if (x.requires_grad && is_grad_enabled())
            return apply(x, new Settings(range, ends));
        using var noGrad = no_grad();
        return StepKernel.Round(x, range);
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_for_backward([(Tensor)vars[0]]);
        var settings = (Settings)vars[1];
        ctx.save_data(nameof(Settings), settings);
        return StepKernel.Round((Tensor)vars[0], settings.Range);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var noGrad = no_grad();
        var settings = (Settings)ctx.get_data(nameof(Settings));
        using var x = ctx.get_saved_variables()[0];
        return [StepKernel.Between(x, grad_output, settings.Range, settings.Ends), null!];
    }

    private sealed record Settings(AffineParameters Range, (float Low, float High) Ends);
}
