using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>Samples that can be fetched in any order. The trainer decides on the order, so that a resumed run can repeat it.</summary>
public interface IDataset
{
    /// <summary>The number of samples.</summary>
    long Count { get; }

    /// <summary>
    /// Fetches samples. The result depends on the indices alone. Its tensors belong to the caller's dispose scope.
    /// </summary>
    /// <param name="indices">Which samples, each from 0 to <see cref="Count"/> − 1; not empty.</param>
    Batch GetBatch(ReadOnlySpan<long> indices);
}
