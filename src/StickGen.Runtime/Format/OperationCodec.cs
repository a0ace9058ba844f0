using System.Text.Json;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Quantization;

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
            case Arithmetic arithmetic when arithmetic.Number is null || double.IsFinite(arithmetic.Number.Value):
                writer.WriteString("function", Name(arithmetic.Function));
                if (arithmetic.Number is { } number)
                {
                    writer.WriteNumber("number", number);
                    writer.WriteBoolean("number_first", arithmetic.NumberFirst);
                }

                break;
            case Elementwise { First: null, Second: null } elementwise:
                writer.WriteString("function", FunctionNames.Of(elementwise.Function));
                break;
            case ScaledDotProductAttention attention:
                writer.WriteBoolean("is_causal", attention.IsCausal);
                break;
            case RepeatInterleave repeat:
                writer.WriteNumber("axis", repeat.Axis);
                writer.WriteNumber("repeats", repeat.Repeats);
                break;
            case GroupedLinear linear:
                writer.WriteNumber("bits", linear.Scheme.Bits);
                writer.WriteNumber("group_size", linear.Scheme.GroupSize);
                writer.WriteBoolean("symmetric", linear.Scheme.Symmetric);
                writer.WriteString("activations", PrecisionName(linear.Precision));
                if (linear.Precision == ActivationPrecision.StaticInt8)
                {
                    writer.WriteNumber("input_scale", linear.InputScale);
                    writer.WriteNumber("input_zero_point", linear.InputZeroPoint);
                }

                break;
            case Reduce reduce:
                writer.WriteString("function", reduce.Function);
                Write(writer, "axes", reduce.Axes);
                writer.WriteBoolean("keep_dimensions", reduce.KeepDimensions);
                break;
            case Permute permute:
                Write(writer, "order", permute.Order);
                break;
            case Slice slice:
                writer.WriteNumber("axis", slice.Axis);
                writer.WriteNumber("start", slice.Start);
                ShapeCodec.Write(writer, "length", [slice.Length]);
                writer.WriteNumber("step", slice.Step);
                break;
            case Select select:
                writer.WriteNumber("axis", select.Axis);
                writer.WriteNumber("index", select.Index);
                break;
            case Expand expand:
                ShapeCodec.Write(writer, "target", expand.Target);
                break;
            case Upsample upsample:
                Write(writer, "factor", upsample.Factor);
                break;
            case State state:
                writer.WriteBoolean("parameter", state.IsParameter);
                break;
            case Softmax { Logarithm: false } softmax:
                writer.WriteNumber("axis", softmax.Axis);
                break;
            case Normalize normalize:
                writer.WriteString("function", normalize.Function);
                writer.WriteNumber("size", normalize.Size);
                writer.WriteNumber("epsilon", normalize.Epsilon);
                break;
            case Quantize or Dequantize or Lookup or MatMul or Embedding:
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
            "lookup" => new Lookup(),
            "matmul" => new MatMul(),
            "embedding" => new Embedding(),
            "elementwise" => new Elementwise(FunctionNames.Parse(fields.String("function"), where)),
            "scaled_dot_product_attention" => new ScaledDotProductAttention(fields.Bool("is_causal")),
            "repeat_interleave" => new RepeatInterleave(Axis(ref fields), fields.Int("repeats", 1, int.MaxValue)),
            "grouped_linear" => GroupedLinear(ref fields, where),
            "softmax" => new Softmax(Axis(ref fields)),
            "normalize" => new Normalize(fields.String("function"), fields.Int("size", 1, int.MaxValue), fields.Double("epsilon")),
            "arithmetic" => Arithmetic(ref fields, where),
            "reduce" => new Reduce(fields.String("function"), Integers(ref fields, "axes", where), fields.Bool("keep_dimensions")),
            "permute" => new Permute(Integers(ref fields, "order", where)),
            "slice" => new Slice(Axis(ref fields), fields.Int("start", int.MinValue, int.MaxValue), Length(ref fields, where), fields.Int("step", 1, int.MaxValue)),
            "select" => new Select(Axis(ref fields), fields.Int("index", int.MinValue, int.MaxValue)),
            "expand" => new Expand(Target(ref fields, where)),
            "upsample" => new Upsample(Size(ref fields, "factor", 1)),
            "state" => new State(fields.Bool("parameter")),
            var kind => throw new InvalidModelException($"{where} has the kind '{kind}', which this version does not know."),
        };
        fields.End();
        return operation;
    }

    private static string Name(ArithmeticFunction function) => function switch
    {
        ArithmeticFunction.Add => "add",
        ArithmeticFunction.Subtract => "subtract",
        ArithmeticFunction.Multiply => "multiply",
        ArithmeticFunction.Divide => "divide",
        _ => throw new InvalidModelException($"The function {function} cannot be stored."),
    };

    private static ArithmeticFunction Function(ref JsonFields fields, string where) => fields.String("function") switch
    {
        "add" => ArithmeticFunction.Add,
        "subtract" => ArithmeticFunction.Subtract,
        "multiply" => ArithmeticFunction.Multiply,
        "divide" => ArithmeticFunction.Divide,
        var name => throw new InvalidModelException($"{where} has the function '{name}', which this version does not know."),
    };

    private static Arithmetic Arithmetic(ref JsonFields fields, string where)
    {
        var function = Function(ref fields, where);
        return fields.Has("number") ? new(function, fields.Double("number"), fields.Bool("number_first")) : new(function);
    }

    private static GroupScheme Scheme(ref JsonFields fields, string where)
    {
        var bits = fields.Int("bits", 2, 8);
        if (bits is not (2 or 3 or 4 or 8))
            throw new InvalidModelException($"{where} has weights of {bits} bits; 2, 3, 4 and 8 are supported.");
        return new() { Bits = bits, GroupSize = fields.Int("group_size", 0, int.MaxValue), Symmetric = fields.Bool("symmetric") };
    }

    private static GroupedLinear GroupedLinear(ref JsonFields fields, string where)
    {
        var (scheme, precision) = (Scheme(ref fields, where), Precision(ref fields, where));
        return precision == ActivationPrecision.StaticInt8
            ? new(scheme, precision, fields.Single("input_scale"), fields.Int("input_zero_point", byte.MinValue, byte.MaxValue))
            : new(scheme, precision);
    }

    private static string PrecisionName(ActivationPrecision precision) => precision switch
    {
        ActivationPrecision.Float => "float",
        ActivationPrecision.DynamicInt8 => "dynamic_int8",
        ActivationPrecision.StaticInt8 => "static_int8",
        _ => throw new InvalidModelException($"Activations of {precision} cannot be stored."),
    };

    private static ActivationPrecision Precision(ref JsonFields fields, string where) => fields.String("activations") switch
    {
        "float" => ActivationPrecision.Float,
        "dynamic_int8" => ActivationPrecision.DynamicInt8,
        "static_int8" => ActivationPrecision.StaticInt8,
        var name => throw new InvalidModelException($"{where} has the activations '{name}', which this version does not know."),
    };

    private static int Axis(ref JsonFields fields) => fields.Int("axis", -Shape.MaxRank, Shape.MaxRank);

    private static Dimension Length(ref JsonFields fields, string where) =>
        ShapeCodec.Read(ref fields, "length", where) is [var length] ? length : throw new InvalidModelException($"'length' in {where} is not an array of one size.");

    private static Shape Target(ref JsonFields fields, string where) =>
        ShapeCodec.Read(ref fields, "target", where) is { Length: <= Shape.MaxRank } target
            ? new(target)
            : throw new InvalidModelException($"{where} has a target of more than {Shape.MaxRank} dimensions.");

    private static void Write(Utf8JsonWriter writer, string name, IntegerList integers)
    {
        writer.WriteStartArray(name);
        foreach (var integer in integers)
            writer.WriteNumberValue(integer);
        writer.WriteEndArray();
    }

    private static IntegerList Integers(ref JsonFields fields, string name, string where)
    {
        var items = fields.Array(name);
        if (items.Count() > Shape.MaxRank)
            throw new InvalidModelException($"'{name}' in {where} has more than {Shape.MaxRank} entries.");
        return IntegerList.Create([.. items.Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out var integer)
            ? (long)integer
            : throw new InvalidModelException($"'{name}' in {where} has an entry that is not a whole number."))]);
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
