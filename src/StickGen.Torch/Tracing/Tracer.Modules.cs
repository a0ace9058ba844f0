using StickGen.Graphs;
using StickGen.Operations;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Compression;

public sealed partial class Tracer
{
    /// <summary>A call of a module with one input.</summary>
    /// <param name="node">The number of the node.</param>
    /// <param name="field">The name under which the module is registered.</param>
    /// <param name="module">The live module.</param>
    /// <param name="x">The input.</param>
    /// <param name="keepFloat">Whether its field is marked <c>[KeepFloat]</c>.</param>
    /// <param name="bits">What its field's <c>[Bits]</c> asks for; 0 for nothing.</param>
    public SymbolicTensor Module(
        int node, string field, nn.Module module, SymbolicTensor x, bool keepFloat = false, (int Weights, int Activations) bits = default) =>
        Module(node, field, module, [x], keepFloat, bits);

    /// <summary>A call of a module with any number of inputs and one result.</summary>
    /// <inheritdoc cref="Module(int, string, nn.Module, SymbolicTensor, bool, ValueTuple{int, int})"/>
    public SymbolicTensor Module(
        int node, string field, nn.Module module, ReadOnlySpan<SymbolicTensor> inputs, bool keepFloat = false,
        (int Weights, int Activations) bits = default)
    {
        if (module is null)
            throw new CompressionException($"{scope.Model.ModelName}.forward, at '{statement}': '{field}' is null.");
        var values = new GraphValue[inputs.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = inputs[i].Value;
        return Call(node, field, module, values, new(keepFloat, LayerBits.OfAttribute(ModulePath.Join(scope.Path, field), bits)));
    }

    private SymbolicTensor Call(int node, string name, nn.Module module, GraphValue[] inputs, Marks marks)
    {
        switch (module)
        {
            case ICompressible compressible:
                return Enter(node, name, compressible, inputs, marks);
            case Sequential sequential when ModulePath.CallsChildrenInOrder(sequential):
                var value = inputs[0];
                foreach (var (child, part) in sequential.named_children())
                    value = Call(node, $"{name}.{child}", part, [value], marks).Value;
                return new(value);
            case TorchSharp.Modules.Identity:
                return new(inputs[0]);
            default:
                var path = ModulePath.Join(scope.Path, name);
                var (kind, operation, constants) = new ModuleReader(graph, path).Read(module, inputs.Length > 0 ? inputs[0].Shape : null);
                return Append(node, kind, name, operation, inputs, constants, module, marks);
        }
    }

    private SymbolicTensor Enter(int node, string name, ICompressible model, GraphValue[] inputs, Marks marks)
    {
        if (inputs.Length != model.Inputs.Count)
            throw new CompressionException($"'{ModulePath.Join(scope.Path, name)}' is given {inputs.Length} inputs; {model.ModelName} has {model.Inputs.Count}.");
        var (outer, outerStatement, outerLine) = (scope, statement, line);
        var inner = new TracedScope(model, ModulePath.Join(outer.Path, name), marks.Within(outer.Marks), inputs);
        scopes.Add(inner);
        scope = inner;
        inner.Outputs = Replay(model, inputs);
        (scope, statement, line) = (outer, outerStatement, outerLine);
        outer.Add(node, inner);
        return inner.Outputs.Length == 1
            ? new(inner.Outputs[0])
            : throw new CompressionException($"'{inner.Path}' ({model.ModelName}) has {inner.Outputs.Length} results; one is supported where it is called.");
    }
}
