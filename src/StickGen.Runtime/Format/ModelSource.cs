using StickGen.Deployment;

namespace StickGen.Format;

/// <summary>
/// What holds the data of a model's constants. Who reads them enters first, so that a file is not closed while it is read; runs, of which many go on at once,
/// are counted, and the last one closes the file of a model that was disposed in the meantime.
/// </summary>
internal sealed class ModelSource(IDisposable? file) : IDisposable
{
    private readonly Lock gate = new();
    private IDisposable? file = file;
    private volatile bool isClosed;
    private int runs;

    /// <summary>Whether the model was disposed.</summary>
    public bool IsClosed => isClosed;

    /// <summary>Keeps the data readable until the scope is left; one thread at a time.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Lock.Scope Enter()
    {
        var scope = gate.EnterScope();
        if (!isClosed)
            return scope;
        scope.Dispose();
        throw new ObjectDisposedException(nameof(QuantizedModel));
    }

    /// <summary>Keeps the data readable until the run is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Running Begin()
    {
        // Counted before it is asked whether the model is closed, as Dispose closes before it asks for the count: one of the two sees the other.
        Interlocked.Increment(ref runs);
        if (!isClosed)
            return new(this);
        End();
        throw new ObjectDisposedException(nameof(QuantizedModel));
    }

    public void Dispose()
    {
        lock (gate)
            isClosed = true;
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref runs) == 0)
            Close();
    }

    private void End()
    {
        if (Interlocked.Decrement(ref runs) == 0 && isClosed)
            Close();
    }

    private void Close() => Interlocked.Exchange(ref file, null)?.Dispose();

    /// <summary>A run under way.</summary>
    internal readonly ref struct Running(ModelSource source)
    {
        public void Dispose() => source.End();
    }
}
