namespace StickGen.Compression;

/// <summary>A model, a rule or a set of options cannot be used as asked. The message says which, where and why.</summary>
public sealed class CompressionException : InvalidOperationException
{
    /// <summary>An error with a message for the user.</summary>
    public CompressionException(string message)
        : base(message)
    {
    }

    /// <summary>An error with a message for the user, and what caused it.</summary>
    public CompressionException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
