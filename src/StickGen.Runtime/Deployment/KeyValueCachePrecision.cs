namespace StickGen.Deployment;

/// <summary>How a <see cref="KeyValueCache"/> keeps its numbers.</summary>
public enum KeyValueCachePrecision
{
    /// <summary>As float32: what is computed is what the whole text gives, bit for bit.</summary>
    Float,

    /// <summary>As integers in [−127, 127], with a scale for each token and head, <c>max|x| / 127</c>: a quarter of the memory, and what comes next is only near.</summary>
    Int8,
}
