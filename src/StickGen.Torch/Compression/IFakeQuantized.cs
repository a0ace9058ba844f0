using StickGen.Deployment;

namespace StickGen.Compression;

/// <summary>A trainable variant.</summary>
public interface IFakeQuantized
{
    /// <summary>Its units and quantizers, and the mode they compute in.</summary>
    FakeQuantization State { get; }
}

/// <summary>A trainable variant with the type of the integer model it is converted to.</summary>
/// <typeparam name="TQuantized">The integer model.</typeparam>
public interface IFakeQuantized<out TQuantized> : IFakeQuantized
{
    /// <summary>Wraps a model that was converted from this variant.</summary>
    TQuantized CreateQuantized(QuantizedModel model);
}
