namespace StickGen.Decoding;

/// <summary>What an attention keeps of a token.</summary>
/// <param name="Heads">Of keys and values.</param>
/// <param name="KeySize">The width of a key.</param>
/// <param name="ValueSize">The width of a value.</param>
internal readonly record struct KeyValueSizes(int Heads, int KeySize, int ValueSize);
