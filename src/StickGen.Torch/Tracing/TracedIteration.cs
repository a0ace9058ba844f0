namespace StickGen.Compression;

/// <summary>
/// One iteration of a loop while <c>forward</c> is replayed: the numbers of nodes and the names of sites are those of the emitted
/// code, and are unique in an iteration only. Dispose it at the end of the iteration.
/// </summary>
public readonly struct TracedIteration : IDisposable
{
    private readonly TracedScope scope;

    internal TracedIteration(TracedScope scope) => this.scope = scope;

    /// <inheritdoc/>
    public void Dispose() => scope?.Leave();
}
