namespace StickGen.Operations;

/// <summary>An activation that is part of another operation, where it costs nothing: a bound of the requantization's clamp.</summary>
public enum Activation
{
    /// <summary>None.</summary>
    None,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>min(max(x, 0), 6).</summary>
    Relu6,
}
