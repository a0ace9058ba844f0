using StickGen.Kernels.Grouped;
using static StickGen.Kernels.Vnni.Register;

namespace StickGen.Kernels.Vnni;

/// <summary>
/// Machine code for products of a token with the 64 rows of a panel of <see cref="GroupedPanels"/>: for each group the sums of inputs times unsigned fields, of which the zero points are still to be
/// taken away. Each chunk of lanes is loaded once; its fields are taken apart by shifts and a mask, and multiplied with their inputs, which are broadcast (<c>vpdpbusd</c>).
/// </summary>
internal static class PanelCode
{
    private const int VectorBytes = 64, InputBytes = 4;
    private const int Vectors = GroupedPanels.PanelRows / (VectorBytes / sizeof(int));

    // zmm0 to zmm7 are sums: those of odd planes have their own, so that they do not wait for each other.
    private const int Lanes = 8, Fields = 9, FirstInputs = 11, Mask = 15;

    /// <summary>The numbers of bits that there is code for.</summary>
    public static ReadOnlySpan<int> Bits => [2, 4, 8];

    /// <summary>A function of the System V ABI, with a pointer to <see cref="PanelArguments"/>.</summary>
    /// <param name="bits">Of a field: 2, 4 or 8.</param>
    public static ReadOnlySpan<byte> Write(int bits)
    {
        var planes = 8 / bits;
        var sums = Vectors * Math.Min(planes, 2);
        var code = new X64Assembler();
        code.Load(Rax, Argument(PanelArguments.LanesOffset));
        code.Load(Rcx, Argument(PanelArguments.InputsOffset));
        code.Load(Rdx, Argument(PanelArguments.SumsOffset));
        if (planes > 1)
            code.Broadcast(Mask, Argument(PanelArguments.MaskOffset));
        var group = code.Here;
        for (var i = 0; i < sums; i++)
            code.Clear(i);
        // rsi: where the group's inputs end.
        code.Load(Rsi, Argument(PanelArguments.GroupBytesOffset));
        code.LoadAddress(Rsi, new(Rsi, Rcx));
        var chunk = code.Here;
        for (var plane = 0; plane < planes; plane++)
            code.Broadcast(FirstInputs + plane, new(Rcx, Displacement: plane * InputBytes));
        for (var vector = 0; vector < Vectors; vector++)
        {
            code.LoadVector(Lanes, new(Rax, Displacement: vector * VectorBytes));
            for (var plane = 0; plane < planes; plane++)
                WritePlane(code, bits, plane, vector);
        }

        code.Add(Rcx, planes * InputBytes);
        code.Add(Rax, Vectors * VectorBytes);
        code.Compare(Rcx, Rsi);
        code.JumpIfBelow(chunk);

        for (var vector = 0; vector < Vectors; vector++)
        {
            if (sums > Vectors)
                code.AddInt32(vector, vector, vector + Vectors);
            code.StoreVector(new(Rdx, Displacement: vector * VectorBytes), vector);
        }

        code.Add(Rdx, Vectors * VectorBytes);
        code.Compare(Rdx, Argument(PanelArguments.EndSumsOffset));
        code.JumpIfBelow(group);
        code.ZeroUpper();
        code.Return();
        return code.Code;
    }

    /// <summary>Multiplies the fields that are at one place of all bytes.</summary>
    private static void WritePlane(X64Assembler code, int bits, int plane, int vector)
    {
        var fields = Lanes;
        if (bits < 8)
        {
            fields = Fields + (plane % 2);
            if (plane > 0)
                code.ShiftRight(fields, Lanes, (byte)(plane * bits));
            code.And(fields, plane > 0 ? fields : Lanes, Mask);
        }

        code.MultiplyAdd(vector + (plane % 2 * Vectors), fields, FirstInputs + plane);
    }

    private static Address Argument(int offset) => new(Rdi, Displacement: offset);
}
