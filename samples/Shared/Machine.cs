using System.Runtime.InteropServices;

/// <summary>What a measured time depends on.</summary>
internal static class Machine
{
    /// <summary>Such as <c>AMD EPYC, 2 processors, linux-x64, .NET 10.0.0</c>.</summary>
    public static string Describe() =>
        $"{Processor()}, {Environment.ProcessorCount} processors, {RuntimeInformation.RuntimeIdentifier}, {RuntimeInformation.FrameworkDescription}";

    private static string Processor()
    {
        const string File = "/proc/cpuinfo";
        var name = System.IO.File.Exists(File)
            ? System.IO.File.ReadLines(File).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[^1].Trim()
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return string.IsNullOrEmpty(name) ? RuntimeInformation.ProcessArchitecture.ToString() : name;
    }
}
