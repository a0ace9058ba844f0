namespace StickGen.Onnx;

/// <summary>A setting of an ONNX node, in protobuf.</summary>
internal sealed class OnnxAttribute
{
    private const int NameField = 1;
    private const int FloatField = 2;
    private const int IntegerField = 3;
    private const int IntegersField = 8;
    private const int TypeField = 20;
    private const int TextField = 4;
    private const int FloatType = 1;
    private const int TextType = 3;
    private const int IntegerType = 2;
    private const int IntegersType = 7;

    private OnnxAttribute(ProtobufMessage message) => Message = message;

    /// <summary>An <c>AttributeProto</c>.</summary>
    public ProtobufMessage Message { get; }

    public static OnnxAttribute Float(string name, float value) => new(Start(name, FloatType).Float(FloatField, value));

    public static OnnxAttribute Integer(string name, long value) => new(Start(name, IntegerType).Integer(IntegerField, value));

    public static OnnxAttribute Text(string name, string value) => new(Start(name, TextType).Text(TextField, value));

    public static OnnxAttribute Integers(string name, params ReadOnlySpan<long> values)
    {
        var message = Start(name, IntegersType);
        // Not packed: that is how onnx.proto declares them.
        foreach (var value in values)
            message.Integer(IntegersField, value);
        return new(message);
    }

    private static ProtobufMessage Start(string name, int type) => new ProtobufMessage().Text(NameField, name).Integer(TypeField, type);
}
