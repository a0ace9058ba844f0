using StickGen.Compression;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Quantization;

/// <summary>
/// Fake quantization whose scale and offset are learned: <c>y = s · clamp(round(x / s), low − z, high − z)</c>, one pass over
/// memory forward and one backward.
/// </summary>
/// <remarks>
/// The gradient of <c>x</c> goes through where x is in the range, ends included. That of a parameter is a weighted sum of the
/// three numbers of <see cref="StepGradient"/>, which the backward pass finds on its way: all published rules are of that form.
/// </remarks>
internal sealed class LearnedStep : autograd.SingleTensorFunction<LearnedStep>
{
    public override string Name => nameof(LearnedStep);

    /// <summary>Rounds, with gradients for <paramref name="x"/> and the parameters.</summary>
    /// <param name="x">Values of any shape, float32.</param>
    /// <param name="range">The scales and zero points that the parameters stand for now.</param>
    /// <param name="learned">Each parameter, shaped [] or [channels], with the rule of its gradient.</param>
    public static Tensor Apply(Tensor x, AffineParameters range, params ReadOnlySpan<(Parameter Parameter, Func<StepGradient, double> Rule)> learned)
    {
        var isTrained = x.requires_grad;
        foreach (var (parameter, _) in learned)
            isTrained |= parameter.requires_grad;
        if (!isTrained || !is_grad_enabled())
        {
            using var noGrad = no_grad();
            return StepKernel.Round(x, range);
        }

        var (arguments, rules) = (new object[learned.Length + 2], new Func<StepGradient, double>[learned.Length]);
        arguments[0] = x;
        for (var i = 0; i < learned.Length; i++)
            (arguments[i + 1], rules[i]) = learned[i];
        arguments[^1] = new Settings(range, rules);
        return apply(arguments);
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_for_backward([(Tensor)vars[0]]);
        var settings = (Settings)vars[^1];
        ctx.save_data(nameof(Settings), settings);
        return StepKernel.Round((Tensor)vars[0], settings.Range);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var settings = (Settings)ctx.get_data(nameof(Settings));
        using var x = ctx.get_saved_variables()[0];
        var (gradient, sums) = StepKernel.Gradient(x, grad_output, settings.Range);
        var result = new List<Tensor> { gradient.MoveToOuterDisposeScope() };
        foreach (var rule in settings.Rules)
        {
            var values = tensor(Array.ConvertAll(sums, s => (float)rule(s)), device: x.device);
            result.Add((settings.Range.PerChannel ? values : values.reshape([])).MoveToOuterDisposeScope());
        }

        result.Add(null!);
        return result;
    }

    private sealed record Settings(AffineParameters Range, Func<StepGradient, double>[] Rules);
}

/// <summary>What the gradient of a learned scale or offset is made of, for the whole tensor or one channel.</summary>
/// <param name="Inside">Σ gradient · (round(x / s) − x / s) over the values in the range.</param>
/// <param name="Below">Σ gradient over the values below it.</param>
/// <param name="Above">Σ gradient over the values above it.</param>
internal readonly record struct StepGradient(double Inside, double Below, double Above)
{
    public static StepGradient operator +(StepGradient a, StepGradient b) =>
        new(a.Inside + b.Inside, a.Below + b.Below, a.Above + b.Above);
}
