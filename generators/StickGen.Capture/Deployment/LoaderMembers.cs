using System.Globalization;
using StickGen.Capture.Forward;

namespace StickGen.Capture.Deployment;

/// <summary>The names of what is emitted for a signature, in one place for the emitter and for the clash check.</summary>
internal sealed class LoaderMembers
{
    /// <summary>The private field that holds the model.</summary>
    public const string ModelField = "model";

    /// <summary>How a decoder keeps keys and values.</summary>
    public const string PrecisionType = "global::StickGen.Deployment.KeyValueCachePrecision";

    private const string ModelType = "global::StickGen.Deployment.QuantizedModel";

    private readonly HashSet<string> parameters = new(StringComparer.Ordinal);
    private readonly HashSet<string> prefixes = new(StringComparer.Ordinal);

    public LoaderMembers(ModelSignature signature)
    {
        ReadsTokens = signature.ReadsTokens;
        Inputs = [.. signature.Inputs.Select(input => Port(input, signature.Inputs.Count == 1 ? "Input" : null))];
        Outputs = [.. signature.Outputs.Select(output => Port(output, signature.Outputs.Count == 1 ? "Output" : null))];
    }

    /// <summary>The inputs, in the order of the signature.</summary>
    public IReadOnlyList<LoaderPort> Inputs { get; }

    /// <summary>The outputs, in the order of the signature.</summary>
    public IReadOnlyList<LoaderPort> Outputs { get; }

    /// <summary>Whether <c>Run</c> takes spans, which it can for one input and one output.</summary>
    public bool TakesSpans => Inputs.Count == 1 && Outputs.Count == 1;

    /// <summary>Whether the input is tokens.</summary>
    public bool ReadsTokens { get; }

    /// <summary>The type of a parameter of <c>Run</c> that is read.</summary>
    public string InputType => ReadsTokens ? "global::System.ReadOnlySpan<int>" : $"global::System.ReadOnly{(TakesSpans ? "Span" : "Memory")}<float>";

    /// <summary>The type of a parameter of <c>Run</c> that is written.</summary>
    public string OutputType => $"global::System.{(TakesSpans ? "Span" : "Memory")}<float>";

    /// <summary>The emitted members, as <see cref="MemberKey"/> spells them.</summary>
    public IEnumerable<string> Keys =>
    [
        ModelField,
        MemberKey.Of(".ctor", [ModelType]),
        MemberKey.Of("Load", ["string"]),
        MemberKey.Of("Run", [.. Inputs.Select(_ => InputType), .. Outputs.Select(_ => OutputType)]),
        MemberKey.Of("Dispose", []),
        .. ReadsTokens ? [MemberKey.Of("CreateDecoder", ["int", PrecisionType])] : Array.Empty<string>(),
        .. Inputs.Concat(Outputs).Where(port => port.Tensor.ItemLength is not null).Select(port => port.LengthConstant),
        .. Inputs.Concat(Outputs).Select(port => port.ShapeProperty),
    ];

    private LoaderPort Port(SignatureTensor tensor, string? prefix)
    {
        var identifier = Identifiers.From(tensor.Name);
        var parameter = Unique(identifier, parameters);
        return new(
            tensor,
            Identifiers.Escape(parameter),
            Unique(prefix ?? char.ToUpperInvariant(identifier[0]) + identifier.Substring(1), prefixes));
    }

    private static string Unique(string name, HashSet<string> taken)
    {
        var unique = name;
        for (var i = 2; !taken.Add(unique); i++)
            unique = name + i.ToString(CultureInfo.InvariantCulture);
        return unique;
    }
}
