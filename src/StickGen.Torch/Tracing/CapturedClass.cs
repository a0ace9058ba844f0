namespace StickGen.Compression;

/// <summary>The class whose <c>forward</c> was captured, of which an instance may be of a derived one.</summary>
internal static class CapturedClass
{
    /// <summary>Refuses an instance that computes something else than what was captured.</summary>
    /// <exception cref="CompressionException">Its class overrides <c>forward</c> and is not compressible itself.</exception>
    public static ICompressible Required(ICompressible model)
    {
        var type = model.GetType();
        var captured = type;
        while (captured is not null && !captured.IsDefined(typeof(CompressibleAttribute), inherit: false))
            captured = captured.BaseType;
        if (captured is not null && captured != type && type.GetMethods().Any(method => method.Name == "forward" && method.DeclaringType!.IsSubclassOf(captured)))
            throw new CompressionException($"{type.Name} overrides forward of {captured.Name}, and so its variants compute something else. Mark {type.Name} as [Compressible], too.");
        return model;
    }
}
