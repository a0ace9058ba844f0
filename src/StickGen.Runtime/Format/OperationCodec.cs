using System.Text.Json;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Format;

/// <summary>Operations as JSON objects: the <see cref="Operation.Kind"/> and the settings, named as in PyTorch.</summary>
internal static class OperationCodec
{
    public static void Write(Utf8JsonWriter writer, Operation operation)
    {
        writer.WriteString("kind", operation.Kind);
        switch (operation)
        {
            case Conv2d conv:
                Write(writer, conv.Window);
                writer.WriteNumber("groups", conv.Groups);
                Write(writer, conv.Activation);
                break;
            case Linear linear:
                Write(writer, linear.Activation);
                break;
            case MaxPool2d pool:
                Write(writer, pool.Window);
                writer.WriteBoolean("ceil_mode", pool.CeilMode);
                break;
            case AvgPool2d pool:
                Write(writer, pool.Window);
                writer.WriteBoolean("ceil_mode", pool.CeilMode);
                writer.WriteBoolean("count_include_pad", pool.CountIncludePad);
                if (pool.DivisorOverride is { } divisor)
                    writer.WriteNumber("divisor_override", divisor);
                break;
            case AdaptiveAvgPool2d pool:
                Write(writer, "output", pool.Output);
                break;
            case Activate activate:
                Write(writer, activate.Activation);
                break;
            case Add add:
                Write(writer, add.Activation);
                break;
            case BatchNorm norm:
                writer.WriteNumber("epsilon", norm.Epsilon);
                break;
            case Dropout dropout:
                writer.WriteNumber("probability", dropout.Probability);
                break;
            case Flatten flatten:
                writer.WriteNumber("start", flatten.Start);
                writer.WriteNumber("end", flatten.End);
                break;
            case Reshape reshape:
                ShapeCodec.Write(writer, "target", reshape.Target);
                break;
            case Concat concat:
                writer.WriteNumber("axis", concat.Axis);
                break;
            case Quantize or Dequantize:
                break;
            default:
                throw new InvalidModelException($"The operation {operation} cannot be stored.");
        }
    }

    public static Operation Read(JsonElement element, string where)
    {
        var fields = new JsonFields(element, where);
        Operation operation = fields.String("kind") switch
        {
            "conv2d" => new Conv2d(Window(ref fields), fields.Int("groups", 1, int.MaxValue), Activation(ref fields, where)),
            "linear" => new Linear(Activation(ref fields, where)),
            "max_pool2d" => new MaxPool2d(Window(ref fields), fields.Bool("ceil_mode")),
            "avg_pool2d" => new AvgPool2d(
                Window(ref fields), fields.Bool("ceil_mode"), fields.Bool("count_include_pad"), Divisor(ref fields)),
            "adaptive_avg_pool2d" => new AdaptiveAvgPool2d(Size(ref fields, "output", 0)),
            "activate" => new Activate(Activation(ref fields, where)),
            "add" => new Add(Activation(ref fields, where)),
            "batch_norm" => new BatchNorm(fields.Double("epsilon")),
            "dropout" => new Dropout(fields.Double("probability")),
            "flatten" => new Flatten(fields.Int("start", -Shape.MaxRank, Shape.MaxRank), fields.Int("end", -Shape.MaxRank, Shape.MaxRank)),
            "reshape" => new Reshape([.. ShapeCodec.Read(ref fields, "target", where)]),
            "concat" => new Concat(fields.Int("axis", -Shape.MaxRank, Shape.MaxRank)),
            "quantize" => new Quantize(),
            "dequantize" => new Dequantize(),
            var kind => throw new InvalidModelException($"{where} has the kind '{kind}', which this version does not know."),
        };
        fields.End();
        return operation;
    }

    private static void Write(Utf8JsonWriter writer, Window window)
    {
        Write(writer, "kernel", window.Kernel);
        Write(writer, "stride", window.Stride);
        Write(writer, "padding", window.Padding);
        Write(writer, "dilation", window.Dilation);
    }

    private static Window Window(ref JsonFields fields) =>
        new(Size(ref fields, "kernel", 1), Size(ref fields, "stride", 1), Size(ref fields, "padding", 0), Size(ref fields, "dilation", 1));

    private static void Write(Utf8JsonWriter writer, string name, Size2 size)
    {
        writer.WriteStartArray(name);
        writer.WriteNumberValue(size.Height);
        writer.WriteNumberValue(size.Width);
        writer.WriteEndArray();
    }

    private static Size2 Size(ref JsonFields fields, string name, int min)
    {
        var (height, width) = fields.Pair(name, min, int.MaxValue);
        return new(height, width);
    }

    private static void Write(Utf8JsonWriter writer, Activation activation) => writer.WriteString("activation", activation switch
    {
        Operations.Activation.None => "none",
        Operations.Activation.Relu => "relu",
        Operations.Activation.Relu6 => "relu6",
        _ => throw new InvalidModelException($"The activation {activation} cannot be stored."),
    });

    private static Activation Activation(ref JsonFields fields, string where) => fields.String("activation") switch
    {
        "none" => Operations.Activation.None,
        "relu" => Operations.Activation.Relu,
        "relu6" => Operations.Activation.Relu6,
        var name => throw new InvalidModelException($"{where} has the activation '{name}', which this version does not know."),
    };

    private static int? Divisor(ref JsonFields fields) =>
        fields.Optional("divisor_override") is { } divisor
            ? divisor.ValueKind == JsonValueKind.Number && divisor.TryGetInt32(out var value) && value >= 1
                ? value
                : throw new InvalidModelException("'divisor_override' is not a whole number of at least 1.")
            : null;
}
