namespace StickGen.Capture.Deployment;

/// <summary>A signature is of a format that this version does not read.</summary>
internal sealed class SignatureVersionException(string format) : Exception($"The signature format '{format}' is not supported.")
{
    /// <summary>The format that the file names.</summary>
    public string Format { get; } = format;
}
