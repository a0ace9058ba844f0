#pragma warning disable STK0006, STK0010, STK0011, STK0012, STK0013, STK0014, STK0015, STK0019, STK0020, STK0023 // Nothing here is converted, and that statements are kept is the point.
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Torch.Tests.Models;

/// <summary>A loop and a branch that the values of a tensor decide, with modules in them.</summary>
[Compressible, InputShape("batch", 6)]
public sealed partial class ValueLoopNet : Module<Tensor, Tensor>
{
    private readonly Linear fc = Linear(6, 6), inner = Linear(6, 6), head = Linear(6, 3);

    public ValueLoopNet()
        : base(nameof(ValueLoopNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        using var outer = NewDisposeScope();
        var y = relu(fc.forward(x));
        var steps = 0;
        while (y.abs().max().item<float>() > 0.2f && steps < 8)
        {
            using var next = inner.forward(y);
            y = next / 2;
            steps++;
        }

        if (y.sum().item<float>() > 0)
            y = -y;
        return (head.forward(y) * steps).MoveToOuterDisposeScope();
    }
}

/// <summary>A result in the middle of the method.</summary>
[Compressible, InputShape("batch", 6)]
public sealed partial class EarlyExitNet : Module<Tensor, (Tensor Result, Tensor Confidence)>
{
    private readonly Linear fc = Linear(6, 6), exit = Linear(6, 3), head = Linear(6, 3);

    public EarlyExitNet()
        : base(nameof(EarlyExitNet)) => RegisterComponents();

    public override (Tensor Result, Tensor Confidence) forward(Tensor x)
    {
        var y = relu(fc.forward(x));
        var early = softmax(exit.forward(y), 1);
        if (early.max().item<float>() > 0.5f)
            return (early, early.amax([1]));
        var late = softmax(head.forward(y), 1);
        return (late, late.amax([1]));
    }
}

/// <summary>What is kept from one call to the next, written by own helpers.</summary>
[Compressible, InputShape("batch", 6)]
public sealed partial class CachingNet : Module<Tensor, Tensor>
{
    private readonly Linear fc = Linear(6, 6), head = Linear(6, 3);
    private readonly Dictionary<string, Tensor> last = [];
    private Tensor? cache;
    private int calls;

    public CachingNet()
        : base(nameof(CachingNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        calls++;
        var y = relu(fc.forward(x));
        Remember(y);
        var parts = new List<Tensor> { y };
        foreach (var row in cache!.unbind())
            parts.Add(row.unsqueeze(0));
        y = cat(parts, 0);
        y[0] = 0;
        return head.forward(y) + last["first"].sum() * calls;
    }

    private void Remember(Tensor y)
    {
        cache = cache is null ? y : cat([cache, fc.forward(y)], 0);
        if (!last.ContainsKey("first"))
            last["first"] = y * 2;
    }
}

/// <summary>All of it is kept.</summary>
[Compressible, InputShape("batch", 6)]
public sealed partial class KeptNet : Module<Tensor, Tensor>
{
    private readonly Linear fc = Linear(6, 6), head = Linear(6, 3);

    public KeptNet()
        : base(nameof(KeptNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                x = Next(x, out var isLast);
                if (isLast || i > 4)
                    return head.forward(x);
            }
        }
        finally
        {
            GC.KeepAlive(x);
        }
    }

    private Tensor Next(Tensor x, out bool isLast)
    {
        var y = relu(fc.forward(x));
        isLast = y.sum().item<float>() < 0.1f;
        return y;
    }
}
