using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Compression;

// Loops over modules and numbers. Each iteration has sites of its own.
public sealed partial class Tracer
{
    /// <summary>The items of a loop. What is replayed between two of them is one iteration.</summary>
    /// <param name="loop">The name of the loop, unique in the class.</param>
    /// <param name="items">What the loop runs over.</param>
    public IEnumerable<T> Each<T>(string loop, IEnumerable<T> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return Each(loop, items, item => item as nn.Module);
    }

    /// <summary>The modules of a dictionary, with their names, that a loop runs over.</summary>
    /// <inheritdoc cref="Each{T}(string, IEnumerable{T})"/>
    public IEnumerable<(string, T)> Each<T>(string loop, ModuleDict<T> items)
        where T : nn.Module
    {
        ArgumentNullException.ThrowIfNull(items);
        return Each<(string Name, T Module)>(loop, items, item => item.Module);
    }

    private IEnumerable<T> Each<T>(string loop, IEnumerable<T> items, Func<T, nn.Module?> moduleOf)
    {
        var number = 0;
        foreach (var item in items)
        {
            // The name is the module's own, whatever the order is that the loop runs in.
            using (scope.Enter(loop, number, moduleOf(item) is { } module ? scope.FindPath(module) : null))
                yield return item;
            number++;
        }
    }

    /// <summary>An iteration of a loop over numbers, which ends when the result is disposed.</summary>
    /// <param name="loop">The name of the loop, unique in the class.</param>
    /// <param name="number">The number that is counted.</param>
    public TracedIteration Iteration(string loop, long number) => scope.Enter(loop, number);

    /// <summary>A call of a module with one input, of which only the instance knows which module it is.</summary>
    /// <param name="node">The number of the node.</param>
    /// <param name="module">The live module.</param>
    /// <param name="x">The input.</param>
    /// <param name="keepFloat">Whether the field that it is found in is marked <c>[KeepFloat]</c>.</param>
    /// <param name="bits">What that field's <c>[Bits]</c> asks for; 0 for nothing.</param>
    /// <exception cref="CompressionException">It is no registered module of the model.</exception>
    public SymbolicTensor Module(
        int node, nn.Module module, SymbolicTensor x, bool keepFloat = false, (int Weights, int Activations) bits = default) =>
        Module(node, module, [x], keepFloat, bits);

    /// <inheritdoc cref="Module(int, nn.Module, SymbolicTensor, bool, ValueTuple{int, int})"/>
    public SymbolicTensor Module(
        int node, nn.Module module, ReadOnlySpan<SymbolicTensor> inputs, bool keepFloat = false, (int Weights, int Activations) bits = default) =>
        Module(node, PathOf(module), module, inputs, keepFloat, bits);

    private string PathOf(nn.Module module) =>
        module is null ? throw new CompressionException($"{scope.Model.ModelName}.forward, at '{statement}': a module is null.")
        : scope.FindPath(module) ?? throw new CompressionException(
            $"{scope.Model.ModelName}.forward, at '{statement}': a {module.GetType().Name} is called that is no registered module of {scope.Model.ModelName}. "
            + "Keep it in a field, or in a ModuleList, before RegisterComponents() is called.");
}
