using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>
/// A module that can make another one of its kind with the same settings. Without it, a module of a class that StickGen does
/// not know is shared between a model and its variant, and cannot be trained in the variant.
/// </summary>
public interface IRebuildable
{
    /// <summary>A new module with the same settings; weights and buffers are copied into it by key afterwards.</summary>
    nn.Module Rebuild();
}
