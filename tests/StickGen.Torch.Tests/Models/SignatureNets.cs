#pragma warning disable STK0006 // Nothing here is converted.
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Torch.Tests.Models;

public enum Scaling
{
    None,
    Double,
}

/// <summary>What a step computes, as an object.</summary>
public sealed record StepOutput(Tensor Hidden, Tensor? Gate, int Steps);

/// <summary>Configuration and an optional tensor among the parameters, and several results of which one may be null.</summary>
[Compressible]
public sealed partial class GatedStep : Module<Tensor, Tensor?, int, bool, Scaling, (Tensor, Tensor?)>
{
    private readonly Linear fc = Linear(6, 6);
    private readonly Linear gate = Linear(6, 6);

    public GatedStep()
        : base(nameof(GatedStep)) => RegisterComponents();

    public override (Tensor, Tensor?) forward(Tensor x, Tensor? mask, int start, bool withGate, Scaling scaling = Scaling.Double)
    {
        x = x.narrow(1, start, 6);
        if (mask is not null)
            x = x * mask;
        var hidden = relu(fc.forward(x));
        if (scaling == Scaling.Double)
            hidden = hidden * 2;
        Tensor? weights = null;
        if (withGate)
            weights = torch.sigmoid(gate.forward(hidden));
        return (weights is null ? hidden : hidden * weights, weights);
    }
}

/// <summary>Calls another class with all of that, and takes its results apart.</summary>
[Compressible, InputShape("batch", 8), InputValue("withGate", true)]
public sealed partial class StepsNet : Module<Tensor, Tensor?, bool, (Tensor, Tensor)>
{
    private readonly GatedStep first = new();
    private readonly GatedStep second = new();
    private readonly Linear head = Linear(6, 3);

    public StepsNet()
        : base(nameof(StepsNet)) => RegisterComponents();

    public override (Tensor, Tensor) forward(Tensor x, Tensor? mask, bool withGate)
    {
        using var scope = NewDisposeScope();
        var (y, gate) = first.forward(x, mask, 2, withGate);
        var pair = second.forward(y, null, 0, !withGate, Scaling.None);
        var (small, large) = Ends(pair.Item1);
        y = gate is null ? small : small + gate;
        (y, large) = (large, y);
        return (head.forward(y).MoveToOuterDisposeScope(), large.MoveToOuterDisposeScope());
    }

    private static (Tensor Small, Tensor Large) Ends(Tensor x) => (x - 1, x + 1);
}

/// <summary>A module of TorchSharp with several results, and an object as the result.</summary>
[Compressible, InputShape("batch", 5, 4)]
public sealed partial class RecurrentOutputNet : Module<Tensor, StepOutput>
{
    private readonly LSTM lstm = LSTM(4, 6, batchFirst: true);
    private readonly Linear fc = Linear(6, 3);

    public RecurrentOutputNet()
        : base(nameof(RecurrentOutputNet)) => RegisterComponents();

    public override StepOutput forward(Tensor x)
    {
        var (y, h, _) = lstm.forward(x);
        var last = fc.forward(y);
        return new StepOutput(last, h, 1);
    }
}

/// <summary>Returns what it computed on the way, in a list.</summary>
[Compressible, InputShape("batch", 4)]
public sealed partial class PyramidNet : Module<Tensor, List<Tensor>>
{
    private readonly Linear first = Linear(4, 4);
    private readonly Linear second = Linear(4, 4);

    public PyramidNet()
        : base(nameof(PyramidNet)) => RegisterComponents();

    public override List<Tensor> forward(Tensor x)
    {
        var a = relu(first.forward(x));
        return new List<Tensor> { a, second.forward(a), x };
    }
}

/// <summary>A parameter that has no value while the model is compressed.</summary>
[Compressible, InputShape("batch", 4)]
public sealed partial class UnknownValueNet : Module<Tensor, int, Tensor>
{
    private readonly Linear fc = Linear(4, 4);

    public UnknownValueNet()
        : base(nameof(UnknownValueNet)) => RegisterComponents();

    public override Tensor forward(Tensor x, int steps)
    {
        if (steps > 0)
            x = relu(x);
        return fc.forward(x);
    }
}
