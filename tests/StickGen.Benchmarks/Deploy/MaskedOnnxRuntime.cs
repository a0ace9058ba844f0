using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.OnnxRuntime;

namespace StickGen.Benchmarks.Deploy;

/// <summary>
/// ONNX Runtime as it runs on a CPU without AVX-512 and VNNI, which no option of it offers: from a temporary copy of its library that is
/// told that the system does not save the registers of AVX-512. The package's file stays as it is.
/// </summary>
internal static class MaskedOnnxRuntime
{
    private const string Library = "onnxruntime";

    /// <summary>
    /// Where MLAS asks for what the system saves: <c>xgetbv; mov eax, eax; shl rdx, 32; or rdx, rax; not rax</c>. The compiler put its
    /// constructor in line in this many places.
    /// </summary>
    private const int Places = 4;

    private static ReadOnlySpan<byte> Question =>
        [0x31, 0xC9, 0x0F, 0x01, 0xD0, 0x89, 0xC0, 0x48, 0xC1, 0xE2, 0x20, 0x48, 0x09, 0xC2, 0x48, 0xF7, 0xD0, 0x49, 0x89];

    /// <summary><c>mov eax, 7</c> in place of <c>xgetbv; mov eax, eax</c>: x87, SSE and AVX.</summary>
    private static ReadOnlySpan<byte> Answer => [0x31, 0xC9, 0xB8, 0x07, 0x00, 0x00, 0x00];

    /// <summary>Makes this process use the copy. To be called before ONNX Runtime is.</summary>
    /// <exception cref="NotSupportedException">The message says what is not as expected.</exception>
    public static void Use()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            throw new NotSupportedException("ONNX Runtime's instruction set can be limited on Linux on x64 only.");
        if ((X86Base.CpuId(7, 1).Eax & (1 << 4)) != 0)
            throw new NotSupportedException("This CPU has AVX-VNNI, which ONNX Runtime would go on using without AVX-512.");
        var copy = Path.Combine(Directory.CreateTempSubdirectory("stickgen-").FullName, "libonnxruntime.so");
        try
        {
            File.WriteAllBytes(copy, Mask(File.ReadAllBytes(Find())));
            var handle = NativeLibrary.Load(copy);
            NativeLibrary.SetDllImportResolver(
                typeof(InferenceSession).Assembly, (name, _, _) => name.Contains(Library, StringComparison.Ordinal) ? handle : 0);
        }
        finally
        {
            // What is loaded stays.
            Directory.Delete(Path.GetDirectoryName(copy)!, recursive: true);
        }
    }

    private static byte[] Mask(byte[] library)
    {
        var places = 0;
        for (var rest = library.AsSpan(); rest.IndexOf(Question) is var place and >= 0; rest = rest[place..])
        {
            Answer.CopyTo(rest[place..]);
            places++;
        }

        var version = typeof(InferenceSession).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return places == Places
            ? library
            : throw new NotSupportedException($"ONNX Runtime {version} asks for the state of AVX-512 in {places} places that are known, not {Places}: look for xgetbv in its library again.");
    }

    private static string Find()
    {
        string[] places =
        [
            Path.Combine(AppContext.BaseDirectory, "libonnxruntime.so"),
            Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libonnxruntime.so"),
        ];
        return Array.Find(places, File.Exists) ?? throw new NotSupportedException($"There is neither {string.Join(" nor ", places)}.");
    }
}
