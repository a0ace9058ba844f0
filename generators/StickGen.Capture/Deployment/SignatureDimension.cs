using System.Globalization;

namespace StickGen.Capture.Deployment;

/// <summary>One dimension of a tensor: a size, or the name of one that is only known when the model runs.</summary>
/// <param name="Size">The size, or 0 if it is named.</param>
/// <param name="Name">The name, such as <c>batch</c>, or <see langword="null"/>.</param>
internal readonly record struct SignatureDimension(int Size, string? Name)
{
    /// <inheritdoc/>
    public override string ToString() => Name ?? Size.ToString(CultureInfo.InvariantCulture);
}
