using System.Runtime.Intrinsics;

namespace StickGen.Kernels.Float;

/// <summary>Rows of numbers, in whatever precision they are kept.</summary>
internal interface IRows
{
    /// <summary>What the elements of a row are to be multiplied with.</summary>
    float Scale(int row);

    /// <summary>Whether there are so many rows of this length, which is what all else takes as given.</summary>
    bool Are(int rows, int length);

    /// <summary>Eight elements of a row, less their scale. None is beyond its end, which is not checked.</summary>
    Vector256<float> Load(int row, int column);

    /// <summary>The last elements of a row, fewer than eight, less their scale; 0 beyond its end.</summary>
    Vector256<float> LoadRest(int row, int column);
}
