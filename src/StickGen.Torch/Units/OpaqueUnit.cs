using StickGen.Compression;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Units;

/// <summary>A module that has no unit of its own. It is called as it is.</summary>
public sealed class OpaqueUnit : OperationUnit
{
    private readonly nn.Module module;

    /// <summary>A call of a module of one to three tensors with one result.</summary>
    public OpaqueUnit(Site site, nn.Module module)
        : base(site, module)
    {
        ArgumentNullException.ThrowIfNull(module);
        this.module = module;
    }

    /// <inheritdoc/>
    protected override string MissingOperation => module switch
    {
        TorchSharp.Modules.Conv2d { padding_mode: not PaddingModes.Zeros } conv =>
            $"its padding mode is {conv.padding_mode}; the integer model pads with zeros",
        TorchSharp.Modules.Conv2d => "its padding 'same' pads one side more than the other; the integer model pads both alike",
        TorchSharp.Modules.BatchNorm2d { running_mean: null } => "it has no running statistics (track_running_stats = false)",
        _ => $"the integer model has no operation for the module {module.GetType().Name}",
    };

    /// <inheritdoc/>
    protected override Tensor Float(ReadOnlySpan<Tensor> inputs)
    {
        if (!module.training || !Site.State.BorrowedModules.Exists(b => b.Module == module))
            return Call(inputs);

        // It is the original's, whose mode is not the variant's: it is frozen, and must not learn statistics or drop values.
        using var evaluation = new EvaluationMode(module);
        return Call(inputs);
    }

    private Tensor Call(ReadOnlySpan<Tensor> inputs) => (module, inputs.Length) switch
    {
        (nn.IModule<Tensor, Tensor> m, 1) => m.call(inputs[0]),
        (nn.IModule<Tensor, Tensor, Tensor> m, 2) => m.call(inputs[0], inputs[1]),
        (nn.IModule<Tensor, Tensor, Tensor, Tensor> m, 3) => m.call(inputs[0], inputs[1], inputs[2]),
        _ => throw new CompressionException($"'{Name}': {module.GetType().Name} cannot be called with {inputs.Length} tensors for one result."),
    };
}
