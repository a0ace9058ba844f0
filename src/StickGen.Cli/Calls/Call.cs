namespace StickGen.Cli.Calls;

/// <summary>One step of a computation on tensors.</summary>
/// <param name="IsModule">Whether a module is called, or else a function, method or operator.</param>
/// <param name="Name">
/// The member that holds the module, or the operation without case and underscores; <see langword="null"/> for a module that
/// is only reached through a local.
/// </param>
/// <param name="Line">Where it is written, from 1, if it is in user code.</param>
internal sealed record Call(bool IsModule, string? Name, int Line = 0)
{
    /// <summary>Whether two calls can be the same one.</summary>
    public bool Matches(Call other) =>
        IsModule == other.IsModule && (Name is null || other.Name is null || Name == other.Name);

    /// <inheritdoc/>
    public override string ToString() => IsModule ? $"the module {Name ?? "of a local"}" : Name ?? "an operation";
}
