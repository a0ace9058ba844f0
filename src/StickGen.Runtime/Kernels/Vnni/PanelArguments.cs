using System.Runtime.InteropServices;

namespace StickGen.Kernels.Vnni;

/// <summary>What the code of a panel is called with. It knows the fields by their offsets.</summary>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct PanelArguments
{
    public const int LanesOffset = 0, InputsOffset = 8, GroupBytesOffset = 16, SumsOffset = 24, EndSumsOffset = 32, MaskOffset = 40;

    /// <summary>[group, chunk, row]: the lanes of a panel of 64 rows.</summary>
    [FieldOffset(LanesOffset)]
    public uint* Lanes;

    /// <summary>[group, chunk, plane, 4], signed.</summary>
    [FieldOffset(InputsOffset)]
    public sbyte* Inputs;

    /// <summary>The length of a group's inputs.</summary>
    [FieldOffset(GroupBytesOffset)]
    public nint GroupBytes;

    /// <summary>The result: [group, row].</summary>
    [FieldOffset(SumsOffset)]
    public int* Sums;

    /// <summary>Where the result ends. There is at least one group.</summary>
    [FieldOffset(EndSumsOffset)]
    public int* EndSums;

    /// <summary>The lowest field of each byte of a lane.</summary>
    [FieldOffset(MaskOffset)]
    public uint Mask;
}
