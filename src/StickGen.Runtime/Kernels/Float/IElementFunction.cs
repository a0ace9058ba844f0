using System.Runtime.Intrinsics;

namespace StickGen.Kernels.Float;

/// <summary>A function of one number, eight at a time.</summary>
internal interface IElementFunction
{
    static abstract Vector256<float> Of(Vector256<float> x);
}
