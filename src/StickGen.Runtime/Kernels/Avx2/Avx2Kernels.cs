using System.Runtime.Intrinsics.X86;
using StickGen.Kernels.Portable;

namespace StickGen.Kernels.Avx2;

/// <summary>temp</summary>
internal sealed class Avx2Kernels
{
    public static bool IsSupported => false;
    public static IKernels Instance => PortableKernels.Instance;
}
