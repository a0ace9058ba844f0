using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Units;
using static TorchSharp.torch;

namespace StickGen.Rules;

/// <summary>The variant of an instance of a pattern: one site.</summary>
internal sealed class PatternVariant : nn.Module, IFakeQuantized<object>
{
    private readonly Unit[] inputs;
    private readonly int[] arguments;
    private readonly Unit unit;

    public PatternVariant(PatternInstance instance, VariantBuilder builder)
        : base("pattern")
    {
        foreach (var (name, module) in instance.Modules)
            builder.Rebuild(this, name, module);
        inputs = [.. instance.Inputs.Select(i => builder.Input(i.Name))];
        unit = builder.Unit("site");
        State = builder.Complete(this);
        arguments = [.. State.Traced.Nodes.SelectMany(n => n.Inputs).Where(v => v.Producer is null).Distinct().Select(v => instance.Inputs.ToList().FindIndex(i => i.Name == v.Name))];
        eval();
    }

    public FakeQuantization State { get; }

    public object CreateQuantized(QuantizedModel model) => model;

    public Tensor forward(Tensor[] values)
    {
        var quantized = values.Zip(inputs, (value, input) => input.forward(value)).ToArray();
        return unit.forward([.. arguments.Select(i => quantized[i])]);
    }

    protected override void RegisterComponents()
    {
    }
}
