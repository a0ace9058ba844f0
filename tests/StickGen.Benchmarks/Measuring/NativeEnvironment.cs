using System.Runtime.InteropServices;

namespace StickGen.Benchmarks.Measuring;

/// <summary>The environment that native libraries see when they are loaded, which is not that of .NET.</summary>
internal static partial class NativeEnvironment
{
    /// <summary>
    /// Lets the threads of OpenMP, which TorchSharp computes with, sleep after their work. They would spin in the turns of others for much longer than these take, on the cores that their threads need.
    /// </summary>
    public static void LetOpenMpSleep()
    {
        if (OperatingSystem.IsLinux())
            _ = Set("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Set(string name, string value, int overwrite);
}
