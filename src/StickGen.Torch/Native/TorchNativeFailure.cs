using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace StickGen.Torch.Native;

/// <summary>Says in plain words why TorchSharp's native library did not load on Linux, and what to do.</summary>
/// <remarks>Free of TorchSharp, so that it is tested where TorchSharp is not.</remarks>
internal static partial class TorchNativeFailure
{
    private const string OldestSystems = "Debian 12, Ubuntu 22.04, RHEL 9, Fedora 36";

    /// <param name="loaderSays">What the system's loader said, as NativeLibrary.Load reports it.</param>
    /// <param name="architecture">The architecture of this process.</param>
    internal static string Explain(string loaderSays, Architecture architecture)
    {
        // The loader lists every place it looked in vain, a dozen lines around the one that matters.
        string[] telling = [.. loaderSays.Split('\n').Where(line => IsTelling(line) && !PlaceTried().IsMatch(line)).Select(line => line.Trim())];
        string evidence = telling.Length > 0 ? string.Join('\n', telling) : loaderSays.Trim();
        return $"TorchSharp's native library cannot be loaded: {Reason(loaderSays, architecture)}\n\nThe system's loader says:\n{evidence}";
    }

    private static string Reason(string loaderSays, Architecture architecture)
    {
        if (architecture != Architecture.X64)
        {
            return $"TorchSharp has none for Linux on {architecture}, only for x64.";
        }

        // Alpine and its kin first: their loader reports missing libraries in its own words.
        if (loaderSays.Contains("Error loading shared library", StringComparison.Ordinal)
            || loaderSays.Contains("Error relocating", StringComparison.Ordinal))
        {
            return $"this system uses musl (Alpine Linux?), and libtorch is built for glibc. Use a glibc system: {OldestSystems}, or newer.";
        }

        string? version = MissingVersion().Match(loaderSays) is { Success: true } match ? match.Groups[1].Value : null;
        if (version is "GLIBCXX_3.4.30" or "GLIBCXX_3.4.32")
        {
            return $"it asks for {version}, which this system's libstdc++ does not have, although it does not use it. StickGen's build "
                + "removes that demand from the copy in the output folder, but this copy is the original. Was it built with "
                + "StickGenPatchTorchSharp=false, or copied by something other than the build? Build or publish the project again.";
        }

        if (version is not null)
        {
            string library = version.StartsWith("GLIBC_", StringComparison.Ordinal) ? "glibc" : "libstdc++";
            return $"it needs {version}, which this system's {library} does not have: the system is too old for libtorch. "
                + $"The oldest that work: {OldestSystems}.";
        }

        if (MissingLibrary().Match(loaderSays) is { Success: true } missing)
        {
            string library = missing.Groups[1].Value;
            return library.StartsWith("libtorch", StringComparison.Ordinal) || library.StartsWith("libc10", StringComparison.Ordinal)
                ? $"{library} is not beside it. The TorchSharp package alone has no libtorch: reference TorchSharp-cpu (or TorchSharp-cuda-linux) "
                    + "in the project that is run."
                : $"it needs {library}, which is not installed on this system.";
        }

        if (loaderSays.Split('\n').All(line => !IsTelling(line) || PlaceTried().IsMatch(line)))
        {
            return "libLibTorchSharp.so is not among the application's files. Reference TorchSharp-cpu (or TorchSharp-cuda-linux) in the project "
                + "that is run, and publish for linux-x64 or for no runtime in particular.";
        }

        return "the reason is below.";
    }

    // glibc: "libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by ...)"
    [GeneratedRegex(@"version [`']((?:GLIBC|GLIBCXX|CXXABI)_[0-9.]+)' not found")]
    private static partial Regex MissingVersion();

    // glibc: "libtorch.so: cannot open shared object file: No such file or directory". A full path is a place that was
    // tried for the library itself and means nothing; a bare name is a library that it depends on.
    [GeneratedRegex(@"(?:^|\s)([^/\s:]+\.so[.0-9]*): cannot open shared object file", RegexOptions.Multiline)]
    private static partial Regex MissingLibrary();

    [GeneratedRegex(@"^\s*/.*LibTorchSharp(\.so)?: cannot open shared object file")]
    private static partial Regex PlaceTried();

    /// <summary>Everything but .NET's own preamble.</summary>
    private static bool IsTelling(string line) =>
        !string.IsNullOrWhiteSpace(line) && !line.StartsWith("Unable to load shared library", StringComparison.Ordinal);
}
