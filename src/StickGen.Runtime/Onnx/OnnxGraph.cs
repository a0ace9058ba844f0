using System.Globalization;
using System.Runtime.InteropServices;
using StickGen.Graphs;

namespace StickGen.Onnx;

/// <summary>An ONNX model under construction: nodes, initializers, and names that are given once.</summary>
/// <param name="name">The name of the graph.</param>
/// <param name="reservedNames">Names that <see cref="Fresh"/> does not give.</param>
internal sealed class OnnxGraph(string name, IEnumerable<string> reservedNames)
{
    /// <summary>The version of the operators: has all that is needed, and old enough to be read widely.</summary>
    public const int Opset = 17;

    /// <summary>The version of the file format that belongs to <see cref="Opset"/>.</summary>
    private const int IrVersion = 8;

    private const int NodeField = 1;
    private const int InitializerField = 5;
    private const int InputField = 11;
    private const int OutputField = 12;

    private readonly HashSet<string> names = new(reservedNames, StringComparer.Ordinal);
    private readonly ProtobufMessage graph = new ProtobufMessage().Text(2, name);

    /// <summary>A name that nothing else has: the one wanted, or one like it.</summary>
    public string Fresh(string wanted)
    {
        var unique = wanted;
        for (var i = 2; !names.Add(unique); i++)
            unique = $"{wanted}_{i}";
        return unique;
    }

    /// <summary>Adds a node with one result. Nodes are added in an order in which they can be run.</summary>
    public void Add(string type, ReadOnlySpan<string> inputs, string output, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        var node = new ProtobufMessage();
        foreach (var input in inputs)
            node.Text(1, input);
        node.Text(2, output).Text(3, output).Text(4, type);
        foreach (var attribute in attributes)
            node.Message(5, attribute.Message);
        graph.Message(NodeField, node);
    }

    /// <summary>Adds a constant; the bytes are little-endian, row-major, and not copied.</summary>
    public void AddBytes(string constant, OnnxType type, ReadOnlySpan<long> shape, ReadOnlyMemory<byte> data)
    {
        var tensor = new ProtobufMessage();
        if (!shape.IsEmpty)
            tensor.Integers(1, shape);
        graph.Message(InitializerField, tensor.Integer(2, (int)type).Text(8, constant).Bytes(9, data));
    }

    /// <summary>Adds a constant under a fresh name, which is returned. Without a shape it is a scalar.</summary>
    public string AddConstant<T>(string wanted, OnnxType type, ReadOnlySpan<long> shape, params ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var constant = Fresh(wanted);
        AddBytes(constant, type, shape, MemoryMarshal.AsBytes(values).ToArray());
        return constant;
    }

    /// <summary>Declares an input of the model.</summary>
    public void AddInput(GraphValue value) => graph.Message(InputField, Declaration(value));

    /// <summary>Declares a result of the model.</summary>
    public void AddOutput(GraphValue value) => graph.Message(OutputField, Declaration(value));

    /// <summary>The whole file, a <c>ModelProto</c>.</summary>
    public ProtobufMessage ToModel()
    {
        var version = typeof(OnnxGraph).Assembly.GetName().Version?.ToString(3) ?? "";
        return new ProtobufMessage()
            .Integer(1, IrVersion)
            .Text(2, "StickGen")
            .Text(3, version)
            .Message(7, graph)
            .Message(8, new ProtobufMessage().Text(1, "").Integer(2, Opset));
    }

    private static ProtobufMessage Declaration(GraphValue value)
    {
        var shape = new ProtobufMessage();
        foreach (var dimension in value.Shape!)
            shape.Message(1, Dimension(dimension));
        var tensor = new ProtobufMessage().Integer(1, (int)OnnxTypes.Of(value.Type)).Message(2, shape);
        return new ProtobufMessage().Text(1, value.Name).Message(2, new ProtobufMessage().Message(1, tensor));
    }

    /// <summary>A number, a name, or, if nothing is known, nothing.</summary>
    private static ProtobufMessage Dimension(Dimension dimension)
    {
        var message = new ProtobufMessage();
        if (dimension.IsFixed)
            return message.Integer(1, dimension.Size);
        if (dimension.IsUnknown)
            return message;
        return message.Text(2, dimension.Factor == 1
            ? dimension.Symbol!
            : string.Create(CultureInfo.InvariantCulture, $"{dimension.Factor}*{dimension.Symbol}"));
    }
}
