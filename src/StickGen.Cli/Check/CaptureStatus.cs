namespace StickGen.Cli.Check;

/// <summary>How much of a class is understood, from best to worst.</summary>
internal enum CaptureStatus
{
    /// <summary>All of it: no opaque node, and the emitted code makes the calls of <c>forward</c> in its order.</summary>
    Full,

    /// <summary>Variants are emitted, with operations in them that are only kept as they are written.</summary>
    Partial,

    /// <summary>Nothing is emitted.</summary>
    Unsupported,
}
