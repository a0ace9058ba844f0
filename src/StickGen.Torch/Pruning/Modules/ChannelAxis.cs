using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>What the channels of an axis are to their module.</summary>
public enum ChannelRole
{
    /// <summary>It computes them: the filters of a convolution, the rows of a linear layer.</summary>
    Output,

    /// <summary>It reads them: the columns of a linear layer.</summary>
    Input,

    /// <summary>It changes each by itself: a norm.</summary>
    Each,
}

/// <summary>The channels of a module that can be removed one by one, and where its parameters have them.</summary>
public sealed class ChannelAxis
{
    private readonly Func<string, Tensor, Tensor> rows;
    private readonly string? name;

    /// <param name="owner">The module, as pruning sees it.</param>
    /// <param name="role">What the channels are to it.</param>
    /// <param name="size">How many there are.</param>
    /// <param name="slices">The parameters and buffers that have them, and along which dimension.</param>
    /// <param name="rows">How a tensor of a parameter's shape is seen as a matrix with one row a channel.</param>
    /// <param name="name">What it is called, where a module has several of one role.</param>
    internal ChannelAxis(
        PrunableModule owner, ChannelRole role, long size, IReadOnlyList<(string Parameter, int Dimension)> slices,
        Func<string, Tensor, Tensor>? rows = null, string? name = null)
    {
        this.name = name;
        (Owner, Role, Size, Slices) = (owner, role, checked((int)size), slices);
        this.rows = rows ?? ((parameter, t) => t.movedim([slices.First(s => s.Parameter == parameter).Dimension], [0]).reshape(size, -1));
    }

    /// <summary>The module's path and the role: <c>layer1.conv1 output</c>.</summary>
    public string Name => name ?? $"{Path} {Role.ToString().ToLowerInvariant()}";

    /// <summary>The path of the module in the model.</summary>
    public string Path => Owner.Path;

    /// <summary>The live module.</summary>
    public nn.Module Module => Owner.Module;

    /// <summary>What the channels are to the module.</summary>
    public ChannelRole Role { get; }

    /// <summary>How many there are.</summary>
    public int Size { get; }

    /// <summary>
    /// The parameters and buffers of the module that have them, and along which dimension. Of a grouped convolution's input that
    /// dimension has the channels of one group only.
    /// </summary>
    public IReadOnlyList<(string Parameter, int Dimension)> Slices { get; }

    internal PrunableModule Owner { get; }

    /// <summary>The number of each channel among all of the model.</summary>
    internal int[] Ids { get; set; } = [];

    /// <summary>The parameter as a matrix with one row a channel: what of it belongs to the channel.</summary>
    /// <param name="parameter">One of <see cref="Slices"/>.</param>
    /// <param name="value">The parameter, or a tensor of its shape, such as its gradient.</param>
    /// <returns>[<see cref="Size"/>, elements of a channel].</returns>
    public Tensor Rows(string parameter, Tensor value) => rows(parameter, value);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} [{Size}]";
}
