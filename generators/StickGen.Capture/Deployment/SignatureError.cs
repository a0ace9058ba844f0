namespace StickGen.Capture.Deployment;

/// <summary>Why a signature file cannot be used.</summary>
/// <param name="Line">Where, from 1.</param>
/// <param name="Column">Where, from 1.</param>
/// <param name="Position">Where, in characters from 0.</param>
/// <param name="Reason">What is wrong there.</param>
/// <param name="UnsupportedFormat">The format that the file names, if that is what is wrong.</param>
internal sealed record SignatureError(int Line, int Column, int Position, string Reason, string? UnsupportedFormat);
