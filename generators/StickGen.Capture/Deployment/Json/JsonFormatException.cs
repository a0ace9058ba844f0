namespace StickGen.Capture.Deployment.Json;

/// <summary>A text is not what it should be. The only exception that reading a signature throws.</summary>
internal sealed class JsonFormatException(string message, int position) : Exception(message)
{
    /// <summary>Where in the text.</summary>
    public int Position { get; } = position;
}
