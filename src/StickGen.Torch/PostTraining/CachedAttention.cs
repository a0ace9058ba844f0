using StickGen.Compression;

namespace StickGen.PostTraining;

/// <summary>An attention whose keys and values are quantized.</summary>
/// <param name="Name">The name of its product, or of its softmax where it is written out.</param>
/// <param name="Scope">The call of the module that it is in.</param>
/// <param name="Tensors">Keys first, then values; fewer where one of them cannot be quantized.</param>
internal sealed record CachedAttention(string Name, TracedScope Scope, IReadOnlyList<CachedTensor> Tensors);
