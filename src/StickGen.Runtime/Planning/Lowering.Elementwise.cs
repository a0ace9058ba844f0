using StickGen.Graphs;
using StickGen.Kernels.Float;
using StickGen.Operations;
using StickGen.Quantization;

namespace StickGen.Planning;

/// <content>What works on each element by itself, in whatever layout it finds.</content>
internal sealed partial class Lowering
{
    private void Quantize(GraphNode node)
    {
        var (source, layout) = stored[node.Inputs[0]];
        var target = Store(node.Output, layout);
        var range = Range(node.Output.Quantization!);
        Emit(
            [source],
            node.Output,
            PartsOf(source.Length),
            (f, part) => kernels.Quantize(part.Of(f.Floats(source)), part.Of(f.Bytes(target)), range));
    }

    private void Dequantize(GraphNode node)
    {
        var (source, layout) = stored[node.Inputs[0]];
        var target = Store(node.Output, layout);
        var range = Range(node.Inputs[0].Quantization!);
        Emit(
            [source],
            node.Output,
            PartsOf(target.Length),
            (f, part) => kernels.Dequantize(part.Of(f.Bytes(source)), part.Of(f.Floats(target)), range));
    }

    private void Lookup(GraphNode node)
    {
        var (source, layout) = stored[node.Inputs[0]];
        var target = Store(node.Output, layout);
        var table = node.Inputs[1].Data;
        Emit(
            [source],
            node.Output,
            PartsOf(2L * source.Length),
            (f, part) => kernels.Lookup(part.Of(f.Bytes(source)), part.Of(f.Bytes(target)), table.Span));
    }

    private void Function(GraphNode node, ElementFunction function)
    {
        var (source, layout) = stored[node.Inputs[0]];
        var target = Store(node.Output, layout);
        var kernel = ElementFunctions.Of(function);
        Emit([source], node.Output, PartsOf(source.Length), (f, part) => kernel(part.Of(f.Floats(source)), part.Of(f.Floats(target))));
    }

    private void WithNumber(GraphNode node, Arithmetic arithmetic, float number)
    {
        var (source, layout) = stored[node.Inputs[0]];
        var target = Store(node.Output, layout);
        var kernel = PairFunctions.Of(arithmetic.Function);
        var isFirst = arithmetic.NumberFirst;
        Emit([source], node.Output, PartsOf(source.Length), (f, part) =>
        {
            var values = part.Of(f.Floats(source));
            var result = part.Of(f.Floats(target));
            if (isFirst)
                kernel([number], values, result);
            else
                kernel(values, [number], result);
        });
    }

    private void Activation(GraphNode node, Activation activation)
    {
        var (source, layout) = stored[node.Inputs[0]];
        var target = Store(node.Output, layout);
        if (node.Output.Quantization is { } quantization)
        {
            var (low, high) = activation.Bounds(quantization);
            Emit(
                [source],
                node.Output,
                PartsOf(source.Length),
                (f, part) => kernels.Clamp(part.Of(f.Bytes(source)), part.Of(f.Bytes(target)), (byte)low, (byte)high));
        }
        else
        {
            Emit([source], node.Output, f => FloatKernels.Activate(f.Floats(source), f.Floats(target), activation));
        }
    }

    private void Sum(GraphNode node, Activation activation)
    {
        var layout = stored[node.Inputs[0]].Layout;
        if (layout != stored[node.Inputs[1]].Layout)
            layout = node.Output.Shape!.Rank == 4 ? ImageLayout(node.Output) : Layout.RowMajor;
        var (left, right) = (Load(node.Inputs[0], layout), Load(node.Inputs[1], layout));
        var target = Store(node.Output, layout);
        if (node.Inputs[0].Quantization is { } input)
        {
            var range = Range(node.Output.Quantization!, activation);
            var multiplier = Requantization.AddMultiplier(input.Scale, range.Scale);
            var zeroPoint = input.ZeroPoint;
            Emit(
                [left, right],
                node.Output,
                PartsOf(3L * target.Length),
                (f, part) => kernels.Add(
                    part.Of(f.Bytes(left)), part.Of(f.Bytes(right)), part.Of(f.Bytes(target)), zeroPoint, multiplier, range));
        }
        else
        {
            Emit([left, right], node.Output, f => FloatKernels.Add(f.Floats(left), f.Floats(right), f.Floats(target), activation));
        }
    }
}
