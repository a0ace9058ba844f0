#pragma warning disable STK0006 // Nothing here is converted.
using StickGen.Compression;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Torch.Tests.Models;

/// <summary>A layer that others derive from.</summary>
[Compressible, InputShape("batch", 6)]
public partial class BaseLayer : Module<Tensor, Tensor>
{
    private readonly Linear fc = Linear(6, 6);
    private readonly Dropout dropout = Dropout(0.5);

    public BaseLayer()
        : base(nameof(BaseLayer)) => RegisterComponents();

    public override Tensor forward(Tensor x) => dropout.forward(relu(fc.forward(x)));
}

/// <summary>Has the <c>forward</c> of its base class.</summary>
public sealed class DerivedLayer : BaseLayer;

/// <summary>Has another one, and is not compressible.</summary>
public sealed class OverridingLayer : BaseLayer
{
    public override Tensor forward(Tensor x) => base.forward(x) + 1;
}

/// <summary>Gives a number along with its tensor, and takes an optional one.</summary>
[Compressible, InputShape("batch", 6), InputShape("batch", 6)]
public sealed partial class PairLayer : Module<Tensor, Tensor?, (Tensor, Tensor?)>
{
    private readonly Linear fc = Linear(6, 6);

    public PairLayer()
        : base(nameof(PairLayer)) => RegisterComponents();

    public override (Tensor, Tensor?) forward(Tensor x, Tensor? scale) => (scale is null ? fc.forward(x) : fc.forward(x) * scale, scale);
}

/// <summary>Takes a number that is no tensor.</summary>
[Compressible, InputShape("batch", 6)]
public sealed partial class RepeatedLayer : Module<Tensor, int, Tensor>
{
    private readonly Linear fc = Linear(6, 6);

    public RepeatedLayer()
        : base(nameof(RepeatedLayer)) => RegisterComponents();

    public override Tensor forward(Tensor x, int times)
    {
        for (var i = 0; i < times; i++)
            x = x + fc.forward(x) / times;
        return x;
    }
}

/// <summary>Children of every kind: derived, null in a list, cast, declared as what only the instance knows, and a parameter that is declared as a tensor.</summary>
[Compressible, InputShape("batch", 6)]
public sealed partial class ChildrenNet : Module<Tensor, Tensor>
{
    private readonly BaseLayer? first;
    private readonly DerivedLayer second = new();
    private readonly ModuleList<Linear?> optional;
    private readonly ModuleList<BaseLayer> layers;
    private readonly ModuleList<Module<Tensor, Tensor?, (Tensor, Tensor?)>> pairs = new(new PairLayer(), new PairLayer());
    private readonly Module<Tensor, int, Tensor> repeated = new RepeatedLayer();
    private readonly Tensor scale = Parameter(full(6, 0.5f));

    public ChildrenNet(BaseLayer? first, bool hasOptional)
        : base(nameof(ChildrenNet))
    {
        this.first = first;
        optional = new(null, hasOptional ? Linear(6, 6) : null);
        layers = new(new BaseLayer(), new BaseLayer());
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var device = first is null ? x?.device ?? CPU : CPU;
        if (first is not null)
            x = first.forward(x!);
        x = second.forward(x!) * scale;
        foreach (var (option, layer) in optional.Zip(layers))
        {
            if (option is not null)
                x = option.forward(x);
            x = layer.forward(x);
        }

        Tensor? factor = null;
        foreach (var pair in pairs)
        {
            var known = (PairLayer)pair;
            (x, factor) = known.forward(x, factor);
        }

        var positions = arange(0, 6, device: device) + zeros(0, 6, device: device).sum(0);
        return repeated.call(x, 2) + positions;
    }
}

/// <summary>Sizes that are computed in ways the graph does not follow.</summary>
[Compressible, InputShape("batch", 6)]
public sealed partial class UnknownSizesNet : Module<Tensor, Tensor>
{
    private readonly Linear fc = Linear(6, 6);

    public UnknownSizesNet()
        : base(nameof(UnknownSizesNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var (count, width) = x.shape;
        long rows = width - 4, columns = width - 3;
        return fc.forward(x).view(count, rows, columns).transpose(1, 2);
    }
}

/// <summary>Takes shapes apart.</summary>
internal static class ShapeExtensions
{
    public static void Deconstruct(this long[] shape, out long first, out long second)
    {
        if (shape.Length != 2)
            throw new ArgumentException($"There are {shape.Length} sizes.");
        first = shape[0];
        second = shape[1];
    }
}
