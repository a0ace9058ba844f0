namespace StickGen.Kernels;

/// <summary>How integers stand for real numbers, and which are in use after an activation.</summary>
/// <param name="Scale">The step.</param>
/// <param name="ZeroPoint">The integer of real zero.</param>
/// <param name="Low">The lowest integer.</param>
/// <param name="High">The highest integer.</param>
internal readonly record struct IntegerRange(float Scale, int ZeroPoint, int Low, int High);
