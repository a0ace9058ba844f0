using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// What pruning knows of a kind of module: its channels, how they go through it, what it costs, and how it is made anew with fewer.
/// </summary>
internal abstract class PrunableModule(string path, nn.Module module)
{
    public string Path { get; } = path;

    public nn.Module Module { get; } = module;

    public IReadOnlyList<ChannelAxis> Axes { get; protected init; } = [];

    /// <summary>The dimension of its input that has the channels it reads; -1 for the last.</summary>
    public virtual int ChannelDimension => 1;

    /// <summary>How channels go through it. It is asked at each call of the module.</summary>
    public abstract ChannelLayout Flow(FlowStep step);

    /// <summary>A new module with the channels that are kept, on the device and of the type of this one, not yet with its values.</summary>
    protected abstract nn.Module Create(KeptChannels kept);

    /// <summary>A parameter or buffer with the channels that are kept.</summary>
    protected virtual Tensor Slice(string name, Tensor value, KeptChannels kept)
    {
        foreach (var axis in Axes)
        {
            foreach (var (_, dimension) in axis.Slices.Where(s => s.Parameter == name))
                value = value.index_select(dimension, tensor(kept.Of(axis), device: value.device));
        }

        return value;
    }

    /// <summary>The number of elements of the parameters.</summary>
    public virtual long ParameterCount(KeptChannels kept) =>
        Module.named_parameters(recurse: false).Sum(p => CountOf(p.name, p.parameter, kept));

    /// <summary>The weights that values are multiplied with and summed, each as often as the others; 0 for a module that is counted as free.</summary>
    public virtual long WeightCount(KeptChannels kept) => 0;

    /// <summary>The smaller module, with copies of what is kept of each parameter and buffer.</summary>
    public nn.Module Shrink(KeptChannels kept)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var result = Create(kept);
        var source = Module.state_dict();
        if (source.Values.FirstOrDefault(t => t.is_floating_point()) is { } first)
            result.to(first.device).to(first.dtype);
        var target = result.state_dict();
        foreach (var (name, value) in source)
        {
            var part = Slice(name, value, kept);
            if (!target.TryGetValue(name, out var own) || !own.shape.SequenceEqual(part.shape))
                throw new InvalidOperationException($"{Module.GetType().Name} was made smaller without '{name}' of shape [{string.Join(", ", part.shape)}].");
            own.copy_(part);
        }

        var parameters = result.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach (var (name, parameter) in Module.named_parameters())
            parameters[name].requires_grad = parameter.requires_grad;
        result.train(Module.training);
        return result;
    }

    /// <summary>Zeros what belongs to removed channels, in place.</summary>
    public virtual void Zero(KeptChannels kept)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var axis in Axes)
        {
            if (kept.CountOf(axis) == axis.Size)
                continue;
            var flags = new float[axis.Size];
            foreach (var index in kept.Of(axis))
                flags[index] = 1;
            var keep = tensor(flags).unsqueeze(1);
            foreach (var (name, parameter) in Module.named_parameters(recurse: false))
            {
                // The rows are a view of the parameter.
                if (axis.Slices.Any(s => s.Parameter == name))
                    Multiply(axis, name, parameter, keep.to(parameter.device).to(parameter.dtype));
            }
        }
    }

    private static void Multiply(ChannelAxis axis, string name, Tensor parameter, Tensor keep)
    {
        var scale = ones_like(parameter).requires_grad_();
        using var grad = enable_grad();
        // The derivative of Σ rows·keep is keep at each element's place, whatever the rows look like.
        axis.Rows(name, scale).mul(keep).sum().backward();
        using var noGrad = no_grad();
        parameter.mul_(scale.grad!);
    }

    private long CountOf(string name, Tensor parameter, KeptChannels kept)
    {
        var count = parameter.numel();
        foreach (var axis in Axes.Where(a => a.Slices.Any(s => s.Parameter == name)))
            count = count / axis.Size * kept.CountOf(axis);
        return count;
    }

    /// <summary>The parameters of the given names that the module has.</summary>
    protected static List<(string Parameter, int Dimension)> Existing(nn.Module module, params ReadOnlySpan<(string Name, int Dimension)> slices)
    {
        var names = module.state_dict().Keys.ToHashSet();
        var result = new List<(string, int)>();
        foreach (var slice in slices)
        {
            if (names.Contains(slice.Name))
                result.Add(slice);
        }

        return result;
    }
}
