namespace StickGen.PostTraining;

/// <summary>The scales of an attention's keys, one for each channel of each head that is kept.</summary>
/// <param name="Name">The attention: the name of its product, or of its softmax where it is written out.</param>
/// <param name="Heads">Heads of keys, which several heads of queries may share.</param>
/// <param name="Size">Channels of a head.</param>
/// <param name="Values">Heads × channels.</param>
public sealed record KeyScales(string Name, int Heads, int Size, ReadOnlyMemory<float> Values);
