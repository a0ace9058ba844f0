namespace StickGen.Cli.Calls;

/// <summary>One step of a computation on tensors.</summary>
/// <param name="IsModule">Whether a module is called, or else a function, method or operator.</param>
/// <param name="Name">
/// The member that holds the module, <see langword="null"/> if it is only reached through a local; else the operation, in user code
/// as TorchSharp names it and in emitted code its kind.
/// </param>
/// <param name="Line">Where it is written, from 1, if it is in user code.</param>
internal sealed record Call(bool IsModule, string? Name, int Line = 0)
{
    /// <summary>Whether an emitted call can be this one.</summary>
    public bool IsEmittedAs(Call emitted) => IsModule == emitted.IsModule
        && (Name is null || emitted.Name is null || Name == emitted.Name || (!IsModule && OperationNames.IsCallOf(Name, emitted.Name)));

    /// <inheritdoc/>
    public override string ToString() => IsModule ? $"the module {Name ?? "of a local"}" : Name ?? "an operation";
}
