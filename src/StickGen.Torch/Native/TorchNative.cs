using System.ComponentModel;
using System.Runtime.InteropServices;
using TorchSharp;

namespace StickGen.Torch.Native;

/// <summary>Loads TorchSharp's native library before TorchSharp does, for the sake of a better error.</summary>
public static class TorchNative
{
    /// <summary>Makes sure that TorchSharp can load on Linux; elsewhere this does nothing.</summary>
    /// <remarks>
    /// When the first load fails, TorchSharp copies 475 MB of libraries next to the application, tries again, and then says that
    /// libtorch-cpu is not referenced, whatever the reason was. StickGen's build targets call this method first thing in every
    /// program that references StickGen.Torch and a libtorch package (a module initializer), so that neither happens. With
    /// <c>StickGenCheckTorchSharp=false</c> in the project a program calls it when it likes.
    /// </remarks>
    /// <exception cref="DllNotFoundException">It cannot be loaded; the message says why, and what to do.</exception>
    [EditorBrowsable(EditorBrowsableState.Advanced)]
    public static void EnsureLoaded()
    {
        if (!OperatingSystem.IsLinux() || IsRunFromPackageFolder)
        {
            return;
        }

        try
        {
            // The same search that TorchSharp makes, so a success here is a success there.
            NativeLibrary.Load("LibTorchSharp", typeof(torch).Assembly, null);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new DllNotFoundException(TorchNativeFailure.Explain(e.Message, RuntimeInformation.ProcessArchitecture));
        }
    }

    /// <summary>In notebooks the natives are not beside TorchSharp.dll, and TorchSharp gathers them itself.</summary>
    private static bool IsRunFromPackageFolder =>
        Path.GetDirectoryName(typeof(torch).Assembly.Location) is { Length: > 0 } folder
        && Directory.Exists(Path.Combine(folder, "..", "..", "runtimes"))
        && File.Exists(Path.Combine(folder, "..", "..", "torchsharp.nuspec"));
}
