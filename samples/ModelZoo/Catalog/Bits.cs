/// <summary>Bits of weights and activations; 32 stands for float.</summary>
internal readonly record struct Bits(int Weights, int Activations)
{
    public const int Float = 32;

    /// <exception cref="ArgumentException">It is not of the form W/A.</exception>
    public static Bits Parse(string text) =>
        text.Split('/') is [var weights, var activations] && int.TryParse(weights, out var w) && int.TryParse(activations, out var a)
            && IsPossible(w) && IsPossible(a)
            ? new(w, a)
            : throw new ArgumentException($"--bits is '{text}'; it has to be bits of weights / bits of activations, each 1 to 8, or 32 for float, such as 4/4.");

    public override string ToString() => $"{Weights}/{Activations}";

    private static bool IsPossible(int bits) => bits is >= 1 and <= 8 or Float;
}
