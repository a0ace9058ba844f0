using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Validation;

/// <summary>
/// The conventions of graphs that can be run (docs/format.md). They are checked for every graph, whether it comes from a
/// file or from a converter, so that nothing after this needs to ask again.
/// </summary>
internal static class GraphRules
{
    /// <exception cref="InvalidModelException">A convention is broken; the message names the node or value.</exception>
    public static void Check(ModelGraph graph)
    {
        CheckSizes(graph);
        CheckInputs(graph);
        CheckConstants(graph);
        foreach (var node in graph.Nodes)
        {
            try
            {
                Check(node);
            }
            catch (RuleException e)
            {
                throw new InvalidModelException($"The node '{node.Name}' ({node.Operation.Kind}): {e.Message}", e);
            }
        }

        CheckOutputs(graph);
    }

    private static void CheckSizes(ModelGraph graph)
    {
        if (graph.Nodes.Count > Limits.Nodes)
            throw new InvalidModelException($"The model has {graph.Nodes.Count} nodes; at most {Limits.Nodes} are supported.");
        if (graph.Inputs.Count > Limits.Inputs)
            throw new InvalidModelException($"The model has {graph.Inputs.Count} inputs; at most {Limits.Inputs} are supported.");
        var symbols = graph.Inputs.SelectMany(i => i.Shape ?? []).Select(d => d.Symbol).OfType<string>().ToHashSet(StringComparer.Ordinal);
        if (symbols.Count > Limits.Symbols)
            throw new InvalidModelException($"The inputs have {symbols.Count} dynamic dimensions; at most {Limits.Symbols} are supported.");
        var stored = graph.Values.Values.Sum(v => (long)v.Data.Length);
        var read = graph.Nodes.SelectMany(n => n.Inputs).Sum(v => (long)v.Data.Length);
        if (read > (Limits.Sharing * stored) + Limits.SharedBytes)
            throw new InvalidModelException(
                $"The nodes read {read} bytes of constants, of which there are {stored}: they are shared by too many, at most {Limits.Sharing} on average.");
        foreach (var name in graph.Values.Keys.Concat(symbols).Append(graph.Name))
        {
            if (name.Length > Limits.NameLength)
                throw new InvalidModelException($"The name '{name[..32]}…' has {name.Length} characters; at most {Limits.NameLength} are supported.");
        }
    }

    private static void CheckInputs(ModelGraph graph)
    {
        if (graph.Inputs.Count == 0)
            throw new InvalidModelException("The model has no input.");
        foreach (var input in graph.Inputs)
        {
            if (input.Type is not (ElementType.Float32 or ElementType.Int32))
                throw new InvalidModelException($"The input '{input.Name}' has the type {input.Type}; inputs are Float32, or Int32 for tokens.");
            if (input.Type == ElementType.Int32 && graph.Inputs.Count > 1)
                throw new InvalidModelException($"The input '{input.Name}' has tokens; a model that reads such has no other input, and this one has {graph.Inputs.Count}.");
            if (input.Shape is null || input.Shape.Any(d => d.IsUnknown))
                throw new InvalidModelException($"The input '{input.Name}' has the shape {input.Shape?.ToString() ?? "[…]"}; every size needs a number or a name.");
        }
    }

    private static void CheckConstants(ModelGraph graph)
    {
        foreach (var constant in graph.Values.Values.Where(v => v.IsConstant))
        {
            if (constant.Data.IsEmpty)
                throw new InvalidModelException($"The constant '{constant.Name}' has no data: the graph was made for its structure alone.");
            if (constant.Name == "__metadata__")
                throw new InvalidModelException("No constant can be named '__metadata__', which is reserved by safetensors.");
        }
    }

    private static void CheckOutputs(ModelGraph graph)
    {
        if (graph.Outputs.Count == 0)
            throw new InvalidModelException("The model has no output.");
        if (graph.Outputs.Distinct().Count() != graph.Outputs.Count)
            throw new InvalidModelException("The model has the same output twice.");
        foreach (var output in graph.Outputs)
        {
            if (output.IsConstant)
                throw new InvalidModelException($"The output '{output.Name}' is a constant.");
            if (output.Quantization is not null)
                throw new InvalidModelException($"The output '{output.Name}' is quantized; a dequantize node has to follow.");
            if (output.Type != ElementType.Float32)
                throw new InvalidModelException($"The output '{output.Name}' has the type {output.Type}; outputs are Float32.");
            if (output.Shape is null)
                throw new InvalidModelException($"The output '{output.Name}' has no known shape.");
        }
    }

    private static void Check(GraphNode node)
    {
        var parameters = node.Operation switch
        {
            Conv2d or Linear => 1,
            BatchNorm or Lookup or Softmax or Normalize or GroupedLinear => 1,
            Embedding => 0,
            State => 0,
            _ => node.Inputs.Count,
        };
        foreach (var input in node.Inputs.Take(parameters))
        {
            if (input.IsConstant)
                throw new RuleException($"'{input.Name}' is a constant where a computed value is expected.");
            Require.ActivationOrFloat(input);
        }

        Require.ActivationOrFloat(node.Output);
        switch (node.Operation)
        {
            case Conv2d conv:
                Require.Moderate(conv.Window);
                Require.Known(conv.Activation);
                ParameterRules.Check(node, conv.Activation);
                break;
            case Linear linear:
                Require.Known(linear.Activation);
                ParameterRules.Check(node, linear.Activation);
                break;
            case Activate activate:
                Require.Known(activate.Activation);
                Require.SameQuantization(node);
                break;
            case Add add:
                Require.Known(add.Activation);
                CheckAdd(node);
                break;
            case MaxPool2d pool:
                Require.Moderate(pool.Window);
                Require.HalfPadding(pool.Window);
                Require.SameQuantization(node);
                break;
            case AvgPool2d pool:
                CheckAveragePool(node, pool);
                break;
            case AdaptiveAvgPool2d pool:
                if (pool.Output.Height > Limits.PoolSize || pool.Output.Width > Limits.PoolSize)
                    throw new RuleException($"its output size is {pool.Output}; at most {Limits.PoolSize} in each direction are supported.");
                CheckMean(node);
                break;
            case Concat or Dropout or Flatten or Reshape or Permute or Select or Expand or RepeatInterleave:
                Require.SameQuantization(node);
                break;
            case BatchNorm norm:
                CheckBatchNorm(node, norm);
                break;
            case MatMul:
                RowRules.CheckMatMul(node);
                break;
            case Softmax softmax:
                RowRules.Check(node, softmax);
                break;
            case Normalize normalize:
                RowRules.Check(node, normalize);
                break;
            case Arithmetic arithmetic:
                ArithmeticRules.Check(node, arithmetic);
                break;
            case Reduce reduce:
                ArithmeticRules.Check(node, reduce);
                break;
            case Slice slice:
                ArithmeticRules.Check(node, slice);
                break;
            case Upsample upsample:
                ArithmeticRules.Check(node, upsample);
                break;
            case State:
                ArithmeticRules.CheckState(node);
                break;
            case Elementwise elementwise:
                FunctionRules.Check(node, elementwise);
                break;
            case Embedding:
                FunctionRules.CheckEmbedding(node);
                break;
            case ScaledDotProductAttention:
                RowRules.CheckAttention(node);
                break;
            case GroupedLinear linear:
                GroupedRules.Check(node, linear);
                break;
            case Lookup:
                FunctionRules.CheckLookup(node);
                break;
            case Quantize:
                if (node.Inputs[0].Quantization is not null || node.Output.Quantization is null)
                    throw new RuleException("it goes from float32 to a quantized value.");
                break;
            case Dequantize:
                if (node.Inputs[0].Quantization is null || node.Output.Quantization is not null)
                    throw new RuleException("it goes from a quantized value to float32.");
                break;
            default:
                throw new RuleException($"there is no kernel for {node.Operation}.");
        }
    }

    private static void CheckAdd(GraphNode node)
    {
        Require.SameKind(node);
        if (node.Inputs[0].Quantization is not { } left)
            return;
        Require.OneScale(node);
        Require.Finite(Quantization.Requantization.AddMultiplier(left.Scale, node.Output.Quantization!.Scale), "multiplier");
    }

    private static void CheckAveragePool(GraphNode node, AvgPool2d pool)
    {
        Require.Moderate(pool.Window);
        Require.HalfPadding(pool.Window);
        CheckMean(node);
        if (pool.Window.Dilation != 1)
            throw new RuleException($"its dilation is {pool.Window.Dilation}; an average pool has none.");
        if (pool.DivisorOverride < 1)
            throw new RuleException($"its divisor is {pool.DivisorOverride}; at least 1 is expected.");
        if ((long)pool.Window.Kernel.Height * pool.Window.Kernel.Width * byte.MaxValue > int.MaxValue)
            throw new RuleException($"a sum over its kernel {pool.Window.Kernel} can overflow an int32.");
    }

    private static void CheckMean(GraphNode node)
    {
        Require.SameKind(node);
        if (node.Inputs[0].Quantization is { } input)
            Require.Finite(Quantization.Requantization.MeanMultiplier(input.Scale, node.Output.Quantization!.Scale, 1), "multiplier");
    }

    private static void CheckBatchNorm(GraphNode node, BatchNorm norm)
    {
        if (node.Inputs.Any(i => i.Type != ElementType.Float32) || node.Output.Quantization is not null)
            throw new RuleException("it has a kernel for float32 only; a quantized one is folded into the convolution before it.");
        if (!(double.IsFinite(norm.Epsilon) && norm.Epsilon >= 0))
            throw new RuleException($"its epsilon is {norm.Epsilon}; a finite number of at least 0 is expected.");
    }
}
