namespace StickGen.Kernels.Grouped;

/// <summary>The definition of the products: a loop over each row.</summary>
internal sealed class PortableGroupedProducts : IGroupedProducts
{
    public static PortableGroupedProducts Instance { get; } = new();

    public void Multiply(GroupedPanels panels, in FloatToken token, int panel, Span<float> target)
    {
        var lanes = panels.Lanes(panel);
        var rows = target.Length;
        for (var row = 0; row < rows; row++)
        {
            var total = 0f;
            for (var group = 0; group < panels.Groups; group++)
            {
                var sum = 0f;
                for (var chunk = group * panels.ChunksPerGroup; chunk < (group + 1) * panels.ChunksPerGroup; chunk++)
                {
                    var lane = lanes[(chunk * rows) + row];
                    for (var i = 0; i < panels.PerLane; i++)
                        sum = MathF.FusedMultiplyAdd(Value(panels, lane, i), token.Values[(chunk * panels.PerLane) + i], sum);
                }

                var index = panels.ScaleIndex(panel, group) + row;
                if (panels.ZeroPoints is { } zeroPoints)
                    sum -= zeroPoints[index] * token.Sums[group];
                total += sum * panels.Scales[index];
            }

            target[row] = total;
        }
    }

    public void Multiply(GroupedPanels panels, in ByteToken token, int panel, Span<float> target)
    {
        var lanes = panels.Lanes(panel);
        var rows = target.Length;
        for (var row = 0; row < rows; row++)
        {
            var total = 0f;
            for (var group = 0; group < panels.Groups; group++)
            {
                var sum = 0;
                for (var chunk = group * panels.ChunksPerGroup; chunk < (group + 1) * panels.ChunksPerGroup; chunk++)
                {
                    var lane = lanes[(chunk * rows) + row];
                    for (var i = 0; i < panels.PerLane; i++)
                        sum += Value(panels, lane, i) * token.Values[(chunk * panels.PerLane) + Tokens.Place(i, panels.Bits)];
                }

                var index = panels.ScaleIndex(panel, group) + row;
                if (panels.ZeroPoints is { } zeroPoints)
                    sum -= zeroPoints[index] * token.Sums[group];
                if (!token.Corrections.IsEmpty)
                    sum += token.Corrections[index];
                total += sum * panels.Scales[index];
            }

            target[row] = total * token.Scale;
        }
    }

    private static int Value(GroupedPanels panels, uint lane, int i) =>
        (int)((lane >> (i * panels.Bits)) & ((1u << panels.Bits) - 1)) - panels.Offset;
}
