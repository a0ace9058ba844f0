using StickGen.Deployment;
using StickGen.Quantization;

namespace StickGen.PostTraining;

/// <summary>The integers of a layer while an algorithm rounds them one after the other. Rows may be rounded by several threads.</summary>
internal sealed class GroupRounding
{
    private readonly GroupScheme scheme;
    private readonly int columns;
    private readonly sbyte[] values;
    private readonly float[] scales;
    private readonly sbyte[] zeroPoints;
    private readonly double[] errors;

    public GroupRounding(GroupScheme scheme, int rows, int columns)
    {
        (this.scheme, Rows, this.columns) = (scheme, rows, columns);
        GroupLength = scheme.GroupLength(columns);
        values = new sbyte[rows * columns];
        scales = new float[rows * Groups];
        zeroPoints = new sbyte[scales.Length];
        errors = new double[rows];
    }

    public int Rows { get; }

    public int GroupLength { get; }

    /// <summary>Whether all scales are chosen.</summary>
    public bool HasAll { get; private set; }

    private int Groups => columns / GroupLength;

    /// <summary>Chooses all scales.</summary>
    /// <param name="weights">rows × columns.</param>
    public void ChooseAll(ReadOnlySpan<double> weights)
    {
        for (var group = 0; group < scales.Length; group++)
            Choose(group / Groups, group % Groups, weights.Slice(group * GroupLength, GroupLength));
        HasAll = true;
    }

    /// <summary>Chooses the scale of a group.</summary>
    public void Choose(int row, int group, ReadOnlySpan<double> weights)
    {
        var floats = new float[weights.Length];
        for (var i = 0; i < floats.Length; i++)
            floats[i] = (float)weights[i];
        var (scale, zeroPoint) = scheme.ChooseParameters(floats);
        (scales[(row * Groups) + group], zeroPoints[(row * Groups) + group]) = (scale, (sbyte)zeroPoint);
    }

    /// <summary>Keeps the integer nearest to a weight, and gives what it stands for.</summary>
    public double Round(int row, int column, double weight)
    {
        var group = (row * Groups) + (column / GroupLength);
        var q = scheme.Quantize((float)weight, scales[group], zeroPoints[group]);
        values[(row * columns) + column] = (sbyte)q;
        return AffineQuantization.Dequantize(q, scales[group], zeroPoints[group]);
    }

    /// <summary>Counts what rounding cost the output that a row computes.</summary>
    public void AddError(int row, double error) => errors[row] += error;

    /// <summary>Takes over the rows of another rounding of the same layer that cost less than here.</summary>
    public void TakeBetterRows(GroupRounding other)
    {
        for (var row = 0; row < Rows; row++)
        {
            if (!(other.errors[row] < errors[row]))
                continue;
            Copy(other.values, values, row, columns);
            Copy(other.scales, scales, row, Groups);
            Copy(other.zeroPoints, zeroPoints, row, Groups);
            errors[row] = other.errors[row];
        }

        static void Copy<T>(T[] from, T[] to, int row, int length) => from.AsSpan(row * length, length).CopyTo(to.AsSpan(row * length));
    }

    public GroupedWeights ToWeights() => new(scheme, Rows, columns, values, scales, scheme.Symmetric ? null : zeroPoints);
}
