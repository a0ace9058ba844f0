using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>A pruned variant.</summary>
public interface IPruned
{
    /// <summary>The groups of channels, and what is masked.</summary>
    PruningState State { get; }
}

/// <summary>A pruned variant, of which smaller ones of the same type are made.</summary>
/// <typeparam name="TPruned">Its own type.</typeparam>
public interface IPruned<out TPruned> : IPruned, IPrunable<TPruned>
    where TPruned : nn.Module, IPruned;
