using System.Runtime.CompilerServices;
using StickGen.Graphs;
using StickGen.Planning;
using ExecutionContext = StickGen.Planning.ExecutionContext;

namespace StickGen.Deployment;

/// <content>Running.</content>
public sealed partial class QuantizedModel
{
    private const int FewInputs = 16;

    /// <summary>Runs a model that has one input and one output.</summary>
    /// <param name="input">The values, row-major (images NCHW). The batch follows from how many there are.</param>
    /// <param name="output">Where the results go, row-major; exactly as many as <see cref="OutputLength"/> says.</param>
    /// <exception cref="ArgumentException">A length is wrong; the message says what was given and what would be right.</exception>
    /// <exception cref="InvalidOperationException">The model has more than one input or output.</exception>
    // A list of whole numbers that is written in the call is one of real numbers, as it was before there were tokens.
    [OverloadResolutionPriority(1)]
    public void Run(ReadOnlySpan<float> input, Span<float> output)
    {
        RequireSingle(needsOneOutput: true);
        RequireFloats();
        var pool = Pool([input.Length]);
        CheckOutput(pool.Plan, 0, output.Length);
        var context = pool.Rent();
        input.CopyTo(context.Input(0));
        Run(pool, context, output);
    }

    /// <summary>Runs a model with any number of inputs and outputs, in the order of the signature.</summary>
    /// <param name="inputs">The values of each input, row-major. Dynamic dimensions follow from how many there are.</param>
    /// <param name="outputs">Where the results go, row-major; exactly as many as <see cref="OutputLengths"/> says.</param>
    /// <exception cref="ArgumentException">A length is wrong; the message says what was given and what would be right.</exception>
    public void Run(ReadOnlySpan<ReadOnlyMemory<float>> inputs, ReadOnlySpan<Memory<float>> outputs)
    {
        RequireFloats();
        var pool = Pool(inputs);
        CheckOutputs(pool.Plan, outputs);
        var context = pool.Rent();
        for (var i = 0; i < inputs.Length; i++)
            inputs[i].Span.CopyTo(context.Input(i));
        Run(pool, context, outputs);
    }

    /// <summary>How many values the output has for an input of <paramref name="inputLength"/> values.</summary>
    /// <exception cref="ArgumentException">The length is wrong; the message says what would be right.</exception>
    /// <exception cref="InvalidOperationException">The model has more than one input or output.</exception>
    public int OutputLength(int inputLength)
    {
        RequireSingle(needsOneOutput: true);
        return Length(Pool([inputLength]).Plan, 0);
    }

    /// <summary>How many values each output has for inputs of the given lengths.</summary>
    /// <exception cref="ArgumentException">A length is wrong; the message says what would be right.</exception>
    public int[] OutputLengths(params ReadOnlySpan<int> inputLengths)
    {
        var plan = Pool(inputLengths).Plan;
        return [.. Enumerable.Range(0, plan.Outputs.Length).Select(i => Length(plan, i))];
    }

    /// <summary>Runs a model that has one input, and returns every quantized value; see the overload.</summary>
    /// <param name="input">The values, row-major (images NCHW). The batch follows from how many there are.</param>
    /// <exception cref="ArgumentException">The length is wrong; the message says what was given and what would be right.</exception>
    /// <exception cref="InvalidOperationException">The model has more than one input.</exception>
    public IReadOnlyDictionary<string, int[]> Trace(ReadOnlySpan<float> input)
    {
        RequireSingle(needsOneOutput: false);
        return Trace([input.ToArray()]);
    }

    /// <summary>
    /// Runs the model and returns every quantized value of the graph by its name: the integers, row-major (images NCHW). For
    /// tests; it allocates.
    /// </summary>
    /// <param name="inputs">The values of each input, row-major.</param>
    /// <exception cref="ArgumentException">A length is wrong; the message says what was given and what would be right.</exception>
    public IReadOnlyDictionary<string, int[]> Trace(ReadOnlySpan<ReadOnlyMemory<float>> inputs)
    {
        RequireFloats();
        var pool = Pool(inputs);
        var context = pool.Rent();
        for (var i = 0; i < inputs.Length; i++)
            inputs[i].Span.CopyTo(context.Input(i));
        var values = new Dictionary<string, int[]>(StringComparer.Ordinal);
        context.Trace((point, bytes) => values.Add(point.Value.Name, RowMajor(point, bytes)));
        pool.Return(context);
        return values;
    }

    private static int[] RowMajor(TracePoint point, ReadOnlySpan<byte> bytes)
    {
        var values = new int[bytes.Length];
        if (point.Stored.Layout == Layout.RowMajor)
        {
            for (var i = 0; i < bytes.Length; i++)
                values[i] = bytes[i];
            return values;
        }

        var channels = point.Stored.Layout.Channels;
        var positions = bytes.Length / (int)point.Value.Shape![0].Size / channels;
        for (var i = 0; i < bytes.Length; i++)
        {
            var (matrix, rest) = Math.DivRem(i, channels * positions);
            var (position, channel) = Math.DivRem(rest, channels);
            values[(((matrix * channels) + channel) * positions) + position] = bytes[i];
        }

        return values;
    }

    private void RequireFloats()
    {
        if (Graph.Inputs[0].Type != ElementType.Float32)
            throw new InvalidOperationException($"The input '{Graph.Inputs[0].Name}' has tokens; use the overload that takes integers.");
    }

    private ContextPool Pool(ReadOnlySpan<ReadOnlyMemory<float>> inputs)
    {
        Span<int> lengths = inputs.Length <= FewInputs ? stackalloc int[FewInputs] : new int[inputs.Length];
        lengths = lengths[..inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
            lengths[i] = inputs[i].Length;
        return Pool(lengths);
    }

    private ContextPool Pool(ReadOnlySpan<int> lengths)
    {
        ObjectDisposedException.ThrowIf(source.IsClosed, this);
        return Graph.Inputs[0].Type == ElementType.Int32 && lengths.Length == 1 ? TokenPool(lengths[0], []) : plans.Get(lengths);
    }

    private void RequireSingle(bool needsOneOutput)
    {
        if (Graph.Inputs.Count != 1 || (needsOneOutput && Graph.Outputs.Count != 1))
            throw new InvalidOperationException(
                $"The model has {Graph.Inputs.Count} inputs and {Graph.Outputs.Count} outputs; use the overload that takes several.");
    }

    /// <summary>Runs with the inputs that a context has, and gives it back.</summary>
    private void Run(ContextPool pool, ExecutionContext context, Span<float> output)
    {
        using (source.Begin())
            context.Run(workers);
        context.Output(0).CopyTo(output);
        pool.Return(context);
    }

    /// <summary>The same for all outputs.</summary>
    private void Run(ContextPool pool, ExecutionContext context, ReadOnlySpan<Memory<float>> outputs)
    {
        using (source.Begin())
            context.Run(workers);
        for (var i = 0; i < outputs.Length; i++)
            context.Output(i).CopyTo(outputs[i].Span);
        pool.Return(context);
    }

    private void CheckOutputs(Plan plan, ReadOnlySpan<Memory<float>> outputs)
    {
        if (outputs.Length != Graph.Outputs.Count)
            throw new ArgumentException($"{outputs.Length} outputs were given; the model has {Graph.Outputs.Count}.");
        for (var i = 0; i < outputs.Length; i++)
            CheckOutput(plan, i, outputs[i].Length);
    }

    private void CheckOutput(Plan plan, int index, int length)
    {
        if (length != Length(plan, index))
            throw new ArgumentException(
                $"The output '{Graph.Outputs[index].Name}' was given room for {length} values; with these inputs it has {Length(plan, index)}.");
    }

    private static int Length(Plan plan, int index) => plan.Outputs[index].Length / sizeof(float);
}
