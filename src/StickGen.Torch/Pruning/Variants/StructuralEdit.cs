using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>Something that was done to the modules of a model, which can be done again to another instance of it.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "edit")]
[JsonDerivedType(typeof(RemovedChannels), "channels")]
[JsonDerivedType(typeof(ReplacedModules), "modules")]
internal abstract record StructuralEdit;

/// <summary>Channels were removed.</summary>
/// <param name="Mask">What is kept, as <see cref="MaskFile"/> writes it.</param>
internal sealed record RemovedChannels(string Mask) : StructuralEdit;

/// <summary>Modules were replaced.</summary>
/// <param name="Modules">By their paths how the new ones are made; <see langword="null"/> for one of the user's own.</param>
internal sealed record ReplacedModules(IReadOnlyDictionary<string, ModuleRecipe?> Modules) : StructuralEdit;

/// <summary>A change while it is made.</summary>
/// <param name="Modules">For modules of the model what takes their places.</param>
/// <param name="Sizes">The sizes in reshapes that become others.</param>
/// <param name="Edit">How it is done again, or <see langword="null"/> if nothing changes.</param>
internal sealed record StructuralChange(IReadOnlyDictionary<nn.Module, nn.Module> Modules, Dictionary<SizeKey, long> Sizes, StructuralEdit? Edit)
{
    /// <summary>The parameters and buffers that become smaller, by their keys in the state dictionary.</summary>
    public IReadOnlyDictionary<string, Tensor> States { get; init; } = new Dictionary<string, Tensor>();
}
