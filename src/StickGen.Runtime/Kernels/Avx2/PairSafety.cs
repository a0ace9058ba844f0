namespace StickGen.Kernels.Avx2;

/// <summary>
/// Whether <c>vpmaddubsw</c> computes two products exactly: it adds a₁·w₁ + a₂·w₂ in 16 bits and saturates. Inputs are in
/// [0, highest], so that the sum is between highest · (w₁⁻ + w₂⁻) and highest · (w₁⁺ + w₂⁺), and both are reached.
/// </summary>
internal static class PairSafety
{
    public static bool IsSafe(int first, int second, int highestInput) =>
        highestInput * (Math.Max(first, 0) + Math.Max(second, 0)) <= short.MaxValue
        && highestInput * (Math.Min(first, 0) + Math.Min(second, 0)) >= short.MinValue;
}
