namespace StickGen.Kernels;

/// <summary>A product of two quantized matrices, [Rows, Inner] · [Inner, Columns].</summary>
internal readonly record struct MatMulDefinition(
    int Rows, int Inner, int Columns, int LeftZeroPoint, int RightZeroPoint, float Multiplier, IntegerRange Range);

/// <summary>
/// Rows of <paramref name="Length"/> that are normalized one by one. The parameters of element i of row r are number
/// (r mod <paramref name="Groups"/>) · Length / Positions + i / <paramref name="Positions"/>.
/// </summary>
/// <param name="Length">The elements of a row.</param>
/// <param name="Groups">After how many rows the parameters begin anew.</param>
/// <param name="Positions">How many neighbours have the same parameters.</param>
/// <param name="ZeroPoint">The zero point of the input.</param>
/// <param name="Epsilon">What is added to Length² times the variance in steps: epsilon · Length² / scale².</param>
/// <param name="Range">The result.</param>
internal readonly record struct NormalizationDefinition(
    int Length, int Groups, int Positions, int ZeroPoint, double Epsilon, IntegerRange Range);
