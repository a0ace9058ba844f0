namespace StickGen.Deployment;

/// <summary>A model file, or a graph, that cannot be run; the message says why.</summary>
public sealed class InvalidModelException : Exception
{
    /// <summary>With the reason.</summary>
    public InvalidModelException(string message)
        : base(message)
    {
    }

    /// <summary>With the reason and what it was found by.</summary>
    public InvalidModelException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
