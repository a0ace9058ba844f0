using StickGen.Graphs;
using StickGen.Kernels;
using StickGen.Kernels.Float;
using StickGen.Operations;
using StickGen.Quantization;

namespace StickGen.Planning;

/// <content>Arithmetic of two values, of which one may be repeated along dimensions, and means along dimensions.</content>
internal sealed partial class Lowering
{
    private void Pairwise(GraphNode node, ArithmeticFunction function)
    {
        var isImage = node.Inputs.All(i => i.Shape!.Rank == 4) && node.Inputs.Any(i => stored[i].Layout != Layout.RowMajor);
        var layout = isImage ? ImageLayout(node.Output) : Layout.RowMajor;
        // The innermost loop needs its elements one after the other, as they lie in the result.
        var left = Load(node.Inputs[0], LayoutOf(node.Inputs[0], isImage));
        var right = Load(node.Inputs[1], LayoutOf(node.Inputs[1], isImage));
        var target = Store(node.Output, layout);
        var sizes = Sizes(node.Output);
        var (leftSteps, rightSteps) = (Steps(node.Inputs[0], isImage, sizes.Length), Steps(node.Inputs[1], isImage, sizes.Length));
        var targetSteps = Strides(node.Output, layout)!;
        var walk = new PairWalk(sizes.Select((size, i) => (size, leftSteps[i], rightSteps[i], targetSteps[i])));
        if (node.Output.Quantization is null)
        {
            var kernel = PairFunctions.Of(function);
            Emit([left, right], node.Output, f =>
            {
                var row = new FloatRow(kernel, f.Floats(left), f.Floats(right), f.Floats(target), walk);
                walk.Run(ref row);
            });
            return;
        }

        var (a, b, output) = (node.Inputs[0].Quantization!, node.Inputs[1].Quantization!, node.Output.Quantization!);
        var multiplier = function == ArithmeticFunction.Multiply
            ? Requantization.Multiplier(a.Scale, b.Scale, output.Scale)
            : Requantization.AddMultiplier(a.Scale, output.Scale);
        var definition = new ArithmeticDefinition(function, a.ZeroPoint, b.ZeroPoint, multiplier, Range(output));
        Emit([left, right], node.Output, f =>
        {
            var row = new ArithmeticRow(kernels, f.Bytes(left), f.Bytes(right), f.Bytes(target), walk, definition);
            walk.Run(ref row);
        });
    }

    /// <summary>As the mean of a tall image, one window high: sums along dimensions that lie next to each other.</summary>
    private void Reduction(GraphNode node, Reduce reduce)
    {
        var input = node.Inputs[0];
        var shape = input.Shape!;
        var axes = reduce.Axes.Select(axis => ShapeChecks.Axis(shape, axis)).Order().ToArray();
        var isImage = shape.Rank == 4 && axes is [2, 3] && stored[input].Layout != Layout.RowMajor;
        var source = Load(input, isImage ? ImageLayout(input) : Layout.RowMajor);
        var sizes = Sizes(input);
        var (first, last) = (axes[0], axes[^1]);
        var outer = Product(sizes[..first]) / (isImage ? sizes[1] : 1);
        var inner = isImage ? sizes[1] : Product(sizes[(last + 1)..]);
        var count = Product(sizes[first..(last + 1)]);
        if (input.Quantization is not null && (long)count * byte.MaxValue > int.MaxValue)
            throw new ArgumentException($"A mean over '{input.Name}' of shape {shape} can overflow an int32.");

        if (input.Quantization is null)
        {
            var (isMean, result) = (reduce.Function == "mean", Store(node.Output, Layout.RowMajor));
            Emit([source], node.Output, f => FloatRows.Reduce(f.Floats(source), f.Floats(result), count, inner, isMean));
            return;
        }

        var geometry = new MeanPoolGeometry(outer, inner, new(count, 1, 0, 0, 0, false), new(1, 1, 0, 0, 0, false), reduce.Function == "sum" ? 1 : 0);
        var target = Store(node.Output, Layout.RowMajor);
        var scales = new MeanPoolScales(input.Quantization!.Scale, input.Quantization.ZeroPoint, Range(node.Output.Quantization!));
        Emit([source], node.Output, f => kernels.MeanPool(f.Bytes(source), f.Bytes(target), geometry, scales));
    }

    private static int Product(ReadOnlySpan<int> sizes)
    {
        var product = 1;
        foreach (var size in sizes)
            product *= size;
        return product;
    }

    private static Layout LayoutOf(GraphValue value, bool isImage) => isImage && value.Shape!.Rank == 4 ? ImageLayout(value) : Layout.RowMajor;

    private static int[] Steps(GraphValue value, bool isImage, int rank) =>
        Broadcast(Strides(value, LayoutOf(value, isImage))!, Sizes(value), rank);

    /// <summary>The innermost loop of arithmetic in float32.</summary>
    private readonly ref struct FloatRow(PairKernel kernel, ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> target, PairWalk walk) : PairWalk.IRow
    {
        private readonly ReadOnlySpan<float> leftValues = left;
        private readonly ReadOnlySpan<float> rightValues = right;
        private readonly Span<float> targetValues = target;

        public void Run(int left, int right, int target)
        {
            var (length, (leftStep, rightStep)) = (walk.Length, walk.Steps);
            kernel(leftValues.Slice(left, leftStep == 0 ? 1 : length), rightValues.Slice(right, rightStep == 0 ? 1 : length), targetValues.Slice(target, length));
        }
    }

    private readonly ref struct ArithmeticRow(
        IKernels kernels, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target, PairWalk walk, ArithmeticDefinition definition) : PairWalk.IRow
    {
        private readonly ReadOnlySpan<byte> leftBytes = left;
        private readonly ReadOnlySpan<byte> rightBytes = right;
        private readonly Span<byte> targetBytes = target;

        public void Run(int left, int right, int target)
        {
            var (length, (leftStep, rightStep)) = (walk.Length, walk.Steps);
            kernels.Arithmetic(
                leftBytes.Slice(left, leftStep == 0 ? 1 : length),
                rightBytes.Slice(right, rightStep == 0 ? 1 : length),
                targetBytes.Slice(target, length),
                definition);
        }
    }
}
