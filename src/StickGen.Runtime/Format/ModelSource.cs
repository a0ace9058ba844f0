using StickGen.Deployment;

namespace StickGen.Format;

/// <summary>
/// What holds the data of a model's constants. Who reads them enters first, so that a file is not closed while it is read.
/// </summary>
internal sealed class ModelSource(IDisposable? file) : IDisposable
{
    private readonly Lock gate = new();

    /// <summary>Whether the model was disposed.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Keeps the data readable until the scope is left; one thread at a time.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Lock.Scope Enter()
    {
        var scope = gate.EnterScope();
        if (!IsClosed)
            return scope;
        scope.Dispose();
        throw new ObjectDisposedException(nameof(QuantizedModel));
    }

    public void Dispose()
    {
        lock (gate)
        {
            IsClosed = true;
            file?.Dispose();
        }
    }
}
