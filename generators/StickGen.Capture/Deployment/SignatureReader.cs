using System.Globalization;
using StickGen.Capture.Deployment.Json;

namespace StickGen.Capture.Deployment;

/// <summary>
/// Reads the text that <c>Save</c> of the run-time library writes beside a model, and is as strict as that library is when
/// it parses the same text at run time: what it would refuse then is told now.
/// </summary>
internal static class SignatureReader
{
    /// <summary>The only format that this version reads.</summary>
    public const string Format = "stickgen-model/1";

    private static readonly string[] ElementTypes = ["float32", "uint8", "int8", "int32"];

    private const string FormatFamily = "stickgen-model/";

    /// <summary>The signature in <paramref name="text"/>.</summary>
    /// <exception cref="JsonFormatException">The text is not a signature.</exception>
    /// <exception cref="SignatureVersionException">It is one of a format that this version does not read.</exception>
    public static ModelSignature Read(string text)
    {
        var root = Expect(JsonReader.Read(text), JsonKind.Object, "the signature");
        CheckFormat(Required(root, "format", JsonKind.String));
        CheckMembers(root, "format", "model", "inputs", "outputs", "layers", "tensors", "id");
        var signature = new ModelSignature(
            Name(root, "model"), Ports(root, "inputs"), Ports(root, "outputs"), Array(root, "layers", Layer), Array(root, "tensors", Tensor));
        CheckId(Required(root, "id", JsonKind.String), signature);
        return signature;
    }

    private static void CheckFormat(JsonValue format)
    {
        if (format.Text == Format)
            return;
        if (format.Text.StartsWith(FormatFamily, StringComparison.Ordinal))
            throw new SignatureVersionException(format.Text);
        throw new JsonFormatException($"'format' has to be '{Format}', but is '{format.Text}'", format.Position);
    }

    private static void CheckId(JsonValue id, ModelSignature signature)
    {
        var expected = SignatureId.Of(signature);
        if (id.Text != expected)
            throw new JsonFormatException($"the id is not that of the content, which is {expected}, so the file was changed by hand", id.Position);
    }

    private static void CheckMembers(JsonValue value, params string[] known)
    {
        foreach (var member in value.Members)
        {
            if (!known.Contains(member.Key))
                throw new JsonFormatException($"the member '{member.Key}' is not known", member.Value.Position);
        }
    }

    private static EquatableArray<SignatureTensor> Ports(JsonValue root, string member)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var ports = Array(root, member, port =>
        {
            var tensor = Tensor(port);
            if (tensor.Type != "float32" && (member != "inputs" || tensor.Type != ModelSignature.TokenType))
                throw new JsonFormatException($"'{tensor.Name}' of '{member}' has to be of type 'float32', but is of type '{tensor.Type}'", port.Position);
            if (!names.Add(tensor.Name))
                throw new JsonFormatException($"the name '{tensor.Name}' appears twice in '{member}'", port.Position);
            return tensor;
        });
        if (ports.Count > 1 && ports.FirstOrDefault(port => port.Type == ModelSignature.TokenType) is { } tokens)
            throw new JsonFormatException($"'{tokens.Name}' of '{member}' has tokens, which a model reads alone", Required(root, member, JsonKind.Array).Position);
        return ports.Count > 0 ? ports : throw new JsonFormatException($"'{member}' is empty", Required(root, member, JsonKind.Array).Position);
    }

    private static SignatureLayer Layer(JsonValue value)
    {
        var layer = new SignatureLayer(Name(value, "name"), Name(value, "operation"));
        CheckMembers(value, "name", "operation");
        return layer;
    }

    private static SignatureTensor Tensor(JsonValue value)
    {
        var tensor = new SignatureTensor(Name(value, "name"), Name(value, "type"), Array(value, "shape", Dimension));
        CheckMembers(value, "name", "type", "shape");
        if (!ElementTypes.Contains(tensor.Type))
            throw new JsonFormatException($"the element type '{tensor.Type}' of '{tensor.Name}' is not known", value.Position);
        if (tensor.ItemShape.Aggregate(1.0, (length, dimension) => length * Math.Max(dimension.Size, 1)) > int.MaxValue)
            throw new JsonFormatException($"the shape of '{tensor.Name}' has more than {int.MaxValue} values", value.Position);
        return tensor;
    }

    private static SignatureDimension Dimension(JsonValue value)
    {
        if (value.Kind == JsonKind.String)
            return new(0, Printable(value, "the name of a dimension"));
        if (value.Kind == JsonKind.Number
            && int.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0)
        {
            return new(size, null);
        }

        throw new JsonFormatException("a dimension has to be a positive integer or a name", value.Position);
    }

    private static EquatableArray<T> Array<T>(JsonValue value, string member, Func<JsonValue, T> read)
        where T : IEquatable<T> =>
        new([.. Required(value, member, JsonKind.Array).Elements.Select(read)]);

    private static string Name(JsonValue value, string member) =>
        Printable(Required(value, member, JsonKind.String), $"'{member}'");

    /// <summary>Names end up in comments and messages of one line.</summary>
    private static string Printable(JsonValue value, string what) =>
        value.Text.Length > 0 && !value.Text.Any(IsUnprintable)
            ? value.Text
            : throw new JsonFormatException($"{what} is empty or has a character that cannot be printed", value.Position);

    private static bool IsUnprintable(char c) => c != ' ' && CharUnicodeInfo.GetUnicodeCategory(c) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or
        UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator or
        UnicodeCategory.OtherNotAssigned;

    private static JsonValue Required(JsonValue value, string member, JsonKind kind)
    {
        Expect(value, JsonKind.Object, "an entry");
        return Expect(
            value.Member(member) ?? throw new JsonFormatException($"the member '{member}' is missing", value.Position),
            kind,
            $"'{member}'");
    }

    private static JsonValue Expect(JsonValue value, JsonKind kind, string what) =>
        value.Kind == kind
            ? value
            : throw new JsonFormatException($"{what} has to be {Spelled(kind)}, but is {Spelled(value.Kind)}", value.Position);

    private static string Spelled(JsonKind kind) => kind switch
    {
        JsonKind.Null => "null",
        JsonKind.Boolean => "a boolean",
        JsonKind.Number => "a number",
        JsonKind.String => "a string",
        JsonKind.Array => "an array",
        _ => "an object",
    };
}
