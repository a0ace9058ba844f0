using StickGen.Graphs;
using StickGen.Kinds;
using StickGen.Operations;
using StickGen.Units;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>Makes the graph of the integer model from a variant: the same steps that its placement was decided on.</summary>
internal sealed class ModelLowering
{
    private readonly FakeQuantization state;
    private readonly ModelGraph graph;
    private readonly Lowering lowering;
    private readonly Dictionary<GraphValue, GraphValue> lowered = [];
    private readonly Dictionary<GraphValue, GraphValue> dequantized = [];

    private ModelLowering(FakeQuantization state)
    {
        (this.state, graph) = (state, new(state.Graph.Name));
        lowering = new(graph);
    }

    public static ModelGraph Lower(FakeQuantization state)
    {
        var problems = state.UnitGraph!.Steps.Select(Problem).OfType<string>().ToList();
        if (problems.Count > 0)
            throw new CompressionException($"{state.Graph.Name} cannot be converted to an integer model:\n{string.Join("\n", problems)}");

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return new ModelLowering(state).Run();
    }

    private static string? Problem(UnitStep step) => step switch
    {
        { Unit: { LoweringProblem: { } problem } unit } => $"  {unit.Name}: {problem}",
        { Mover: { Node.Operation: not (MaxPool2d or Dropout or Flatten or Reshape or Permute or Slice { Length.IsUnknown: false } or Select or Expand or RepeatInterleave) } mover } =>
            $"  {mover.Name}: {ValueUnit.Refusal(mover.Node)}",
        _ => null,
    };

    private ModelGraph Run()
    {
        foreach (var step in state.UnitGraph!.Steps)
        {
            lowered.Add(step.Output, step switch
            {
                { Unit: InputUnit input } => Input(input, step.Output),
                { Unit: { } unit } => Unit(unit, step),
                { Mover: { } mover } => Move(mover),
                _ => throw new InvalidOperationException("A step is a unit or moves values."),
            });
        }

        foreach (var output in state.Graph.Outputs)
            graph.AddOutput(ToFloat(lowered[output]));
        return graph;
    }

    private GraphValue Input(InputUnit unit, GraphValue input)
    {
        var shape = state.ShapeOf(input) ?? throw new CompressionException(
            $"The shape of the input '{input.Name}' is not known. Declare it with [InputShape], pass it to Apply, or run the variant once.");
        var isTokens = input.Consumers.Count > 0 && input.Consumers.All(node => node.Operation is Embedding && node.Inputs[0] == input);
        return Quantized(unit, graph.AddInput(input.Name, shape, isTokens ? ElementType.Int32 : ElementType.Float32));
    }

    private GraphValue Unit(Unit unit, UnitStep step)
    {
        var inputs = new GraphValue[step.Inputs.Count];
        for (var i = 0; i < inputs.Length; i++)
            inputs[i] = unit.IsQuantized ? Rounded(unit.Inputs[i], lowered[step.Inputs[i]]) : ToFloat(lowered[step.Inputs[i]]);
        return Quantized(unit, unit.Lower(lowering, inputs));
    }

    private GraphValue Move(TracedNode node)
    {
        var input = lowered[node.Inputs[0]];
        return node.Kind == NodeKinds.Dropout
            ? input
            : graph.Add(Unique(node.Name), node.Node.Operation, [input], input.Quantization, node.Node.Source);
    }

    /// <summary>A quantize node behind a float value whose unit has a quantizer.</summary>
    private GraphValue Quantized(Unit unit, GraphValue value) =>
        value.Quantization is null && unit.Output.Quantizer is not null
            ? graph.Add(unit.Output.Name, new Quantize(), [value], unit.Output.Parameters.ToValueQuantization())
            : value;

    /// <summary>What a layer reads that rounds once more: a table, which has an entry for each integer of the value.</summary>
    private GraphValue Rounded(Slot slot, GraphValue value)
    {
        if (slot.Source is not { } source)
            return value;
        var table = LookupForm.Table(source.Parameters, slot.Parameters);
        return graph.Add(
            slot.Name, new Lookup(), [value, graph.AddConstant($"{slot.Name}.table", ElementType.UInt8, Shape.Of(Lookup.Entries), table)],
            slot.Parameters.ToValueQuantization());
    }

    private GraphValue ToFloat(GraphValue value)
    {
        if (value.Quantization is null)
            return value;
        if (!dequantized.TryGetValue(value, out var real))
            dequantized.Add(value, real = graph.Add(Unique($"{value.Name}.dequantized"), new Dequantize(), [value]));
        return real;
    }

    private string Unique(string name)
    {
        var unique = name;
        for (var i = 2; graph.Values.ContainsKey(unique); i++)
            unique = $"{name}_{i}";
        return unique;
    }
}
