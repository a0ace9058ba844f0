using System.Runtime.Intrinsics;

namespace StickGen.Kernels.Float;

/// <summary>Rows of numbers, in whatever precision they are kept.</summary>
internal interface IRows
{
    /// <summary>What the elements of a row are to be multiplied with.</summary>
    float Scale(int row);

    /// <summary>Eight elements of a row, less their scale; 0 beyond its end.</summary>
    Vector256<float> Load(int row, int column);
}
