using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using StickGen.Kernels.Avx2;

namespace StickGen.Kernels.Vnni;

/// <summary>Strips of pixels times 16 lanes: <see cref="TileCode"/> computes their sums, which an epilogue then stores.</summary>
internal readonly unsafe struct VnniTiles : ITiles
{
    private const int Lanes = TileCode.Lanes;

    public static bool IsExact => true;

    public static int[] PixelOffsets(in PixelGrid largest)
    {
        var offsets = GC.AllocateUninitializedArray<int>(largest.Count, pinned: true);
        var cursor = new PixelCursor(largest);
        for (var i = 0; i < offsets.Length; i++)
            offsets[i] = (int)cursor.Next();
        return offsets;
    }

    [SkipLocalsInit]
    public static void Run<TEpilogue>(in PanelWork work, TEpilogue epilogue, nint output)
        where TEpilogue : struct, IEpilogue, allows ref struct
    {
        var memory = stackalloc int[(VnniCode.StripPixels * Lanes) + (CacheLine.Bytes / sizeof(int))];
        var sums = (int*)CacheLine.Next(memory);
        var quads = (int*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(work.Offsets));
        output += work.Panel.FirstChannel;
        fixed (byte* image = work.Image)
        {
            var arguments = new TileArguments
            {
                Image = image,
                Pixels = (int*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(work.PixelOffsets)),
                Quads = quads,
                EndQuads = quads + work.Offsets.Length,
                Weights = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(work.Panels.Weights)) + work.Panel.Weights,
                Bias = (int*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(work.Panels.Bias)) + work.Panel.Parameters,
                Sums = sums,
            };
            for (var left = work.Pixels.Count; left > 0;)
            {
                var done = VnniCode.Run(ref arguments, left);
                Store(work, epilogue, ref *sums, done, output);
                output += done * (nint)work.OutputChannels;
                left -= done;
            }
        }
    }

    /// <summary>Stores a strip: pairs of pixels with all their lanes where that does no harm.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Store<TEpilogue>(in PanelWork work, TEpilogue epilogue, ref int sums, int pixels, nint output)
        where TEpilogue : struct, IEpilogue, allows ref struct
    {
        nint step = work.OutputChannels;
        var factor = work.Panel.Parameters;
        if (epilogue.StoresRegisters)
        {
            for (; pixels > 1 && work.Stored(output, 2) == Lanes; pixels -= 2)
            {
                epilogue.StorePair(
                    Vector256.LoadUnsafe(ref sums), Vector256.LoadUnsafe(ref sums, 8), Vector256.LoadUnsafe(ref sums, 16), Vector256.LoadUnsafe(ref sums, 24), factor, output, step);
                sums = ref Unsafe.Add(ref sums, 2 * Lanes);
                output += 2 * step;
            }
        }

        const int Rows = TileSums.Count / Lanes;
        for (; pixels > 0; pixels -= Rows)
        {
            var rows = Math.Min(pixels, Rows);
            epilogue.StoreWide(ref Unsafe.As<int, TileSums>(ref sums), rows, work.Stored(output, rows), factor, output, step);
            sums = ref Unsafe.Add(ref sums, Rows * Lanes);
            output += Rows * step;
        }
    }
}
