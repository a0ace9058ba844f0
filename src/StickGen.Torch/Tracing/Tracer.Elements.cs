using StickGen.Kinds;
using StickGen.Operations;
using GELU = TorchSharp.Modules.GELU;

namespace StickGen.Compression;

// Functions of each element, and arithmetic.
public sealed partial class Tracer
{
    /// <summary>A function that its name and its tensors say all of.</summary>
    /// <param name="node">The number of the node.</param>
    /// <param name="kind">The kind of node.</param>
    /// <param name="tensors">What it reads.</param>
    public SymbolicTensor Function(int node, string kind, ReadOnlySpan<SymbolicTensor> tensors)
    {
        var values = Values(tensors);
        var info = NodeKinds.Get(kind);
        Operation operation = kind switch
        {
            _ when info.IsElementwise => new Elementwise(ElementFunctions.Of(kind)),
            "minimum" => new Arithmetic(ArithmeticFunction.Minimum),
            "maximum" => new Arithmetic(ArithmeticFunction.Maximum),
            "addcmul" or "where" or "masked_fill" => new Combine(kind),
            "matmul" => new MatMul(),
            "scaled_dot_product_attention" => new ScaledDotProductAttention(),
            "expand_as" or "reshape_as" => new Rearrange(kind, values[1].Shape),
            "gather" => new Rearrange(kind, values[1].Shape),
            "matrix_transpose" => Transposition(values[0], -2, -1),
            "flip" or "channel_shuffle" => new Rearrange(kind, values[0].Shape),
            _ => new Map(kind),
        };
        return Append(node, kind, kind, operation, values);
    }

    /// <summary>The Gaussian error linear unit.</summary>
    public SymbolicTensor Gelu(int node, SymbolicTensor x, GELU.Approximate approximate = GELU.Approximate.none) =>
        Elements(node, "gelu", x, approximate == GELU.Approximate.tanh ? ElementFunction.GeluTanh : ElementFunction.Gelu);

    /// <summary>x, or x times <paramref name="negative_slope"/> where it is negative.</summary>
    public SymbolicTensor LeakyRelu(int node, SymbolicTensor x, double negative_slope = 0.01) =>
        Elements(node, "leaky_relu", x, ElementFunction.LeakyRelu, negative_slope);

    /// <summary>x, or alpha·(exp(x) − 1) where it is negative.</summary>
    public SymbolicTensor Elu(int node, SymbolicTensor x, double alpha = 1) => Elements(node, "elu", x, ElementFunction.Elu, alpha);

    /// <summary>x, or alpha·(exp(x / alpha) − 1) where it is negative.</summary>
    public SymbolicTensor Celu(int node, SymbolicTensor x, double alpha = 1) => Elements(node, "celu", x, ElementFunction.Celu, alpha);

    /// <summary>log(1 + exp(beta·x)) / beta.</summary>
    public SymbolicTensor Softplus(int node, SymbolicTensor x, double beta = 1, double threshold = 20) =>
        Elements(node, "softplus", x, ElementFunction.Softplus, beta, threshold);

    /// <summary>x, not less than <paramref name="min_val"/> and not more than <paramref name="max_val"/>.</summary>
    public SymbolicTensor Hardtanh(int node, SymbolicTensor x, double min_val = -1, double max_val = 1) =>
        Elements(node, "hardtanh", x, ElementFunction.Hardtanh, min_val, max_val);

    /// <summary>x, not less than <paramref name="min"/> and not more than <paramref name="max"/>, as far as they are given.</summary>
    public SymbolicTensor Clamp(int node, SymbolicTensor x, double? min = null, double? max = null) =>
        Elements(node, "clamp", x, ElementFunction.Clamp, min, max);

    /// <summary>The nearest whole number, or the nearest one with so many <paramref name="decimals"/>.</summary>
    public SymbolicTensor Round(int node, SymbolicTensor x, bool decimals = false) =>
        decimals ? Append(node, "round", "round", new Map("round"), [x.Value]) : Elements(node, "round", x, ElementFunction.Round);

    /// <summary>softmax(query · keyᵀ / √features + mask) · value; causal or not.</summary>
    public SymbolicTensor ScaledDotProductAttention(int node, ReadOnlySpan<SymbolicTensor> tensors, bool is_casual = false) =>
        Append(node, "scaled_dot_product_attention", "scaled_dot_product_attention", new ScaledDotProductAttention(is_casual), Values(tensors));

    /// <summary>left + alpha · right.</summary>
    public SymbolicTensor AddScaled(int node, SymbolicTensor left, SymbolicTensor right, bool alpha = false) =>
        alpha ? Combined(node, "add_scaled", left, right) : Binary(node, "add_scaled", ArithmeticFunction.Add, left, right);

    /// <summary>A tensor and a number.</summary>
    public SymbolicTensor AddScaled(int node, SymbolicTensor x, double number, bool numberFirst = false, bool alpha = false) =>
        alpha ? Combined(node, "add_scaled", x) : Binary(node, "add_scaled", ArithmeticFunction.Add, x, number, numberFirst);

    /// <summary>left − right.</summary>
    public SymbolicTensor Sub(int node, SymbolicTensor left, SymbolicTensor right) => Binary(node, "sub", ArithmeticFunction.Subtract, left, right);

    /// <inheritdoc cref="AddScaled(int, SymbolicTensor, double, bool, bool)"/>
    public SymbolicTensor Sub(int node, SymbolicTensor x, double number, bool numberFirst = false) =>
        Binary(node, "sub", ArithmeticFunction.Subtract, x, number, numberFirst);

    /// <summary>left · right.</summary>
    public SymbolicTensor Mul(int node, SymbolicTensor left, SymbolicTensor right) => Binary(node, "mul", ArithmeticFunction.Multiply, left, right);

    /// <inheritdoc cref="AddScaled(int, SymbolicTensor, double, bool, bool)"/>
    public SymbolicTensor Mul(int node, SymbolicTensor x, double number, bool numberFirst = false) =>
        Binary(node, "mul", ArithmeticFunction.Multiply, x, number, numberFirst);

    /// <summary>left / right.</summary>
    public SymbolicTensor Div(int node, SymbolicTensor left, SymbolicTensor right, bool rounding_mode = false) =>
        rounding_mode ? Combined(node, "div", left, right) : Binary(node, "div", ArithmeticFunction.Divide, left, right);

    /// <inheritdoc cref="AddScaled(int, SymbolicTensor, double, bool, bool)"/>
    public SymbolicTensor Div(int node, SymbolicTensor x, double number, bool numberFirst = false, bool rounding_mode = false) =>
        rounding_mode ? Combined(node, "div", x) : Binary(node, "div", ArithmeticFunction.Divide, x, number, numberFirst);

    /// <summary>left to the power of right.</summary>
    public SymbolicTensor Pow(int node, SymbolicTensor left, SymbolicTensor right) => Binary(node, "pow", ArithmeticFunction.Power, left, right);

    /// <inheritdoc cref="AddScaled(int, SymbolicTensor, double, bool, bool)"/>
    public SymbolicTensor Pow(int node, SymbolicTensor x, double number, bool numberFirst = false) =>
        Binary(node, "pow", ArithmeticFunction.Power, x, number, numberFirst);

    /// <summary>Whether elements are greater, less or equal, as 0 or 1.</summary>
    public SymbolicTensor Compare(int node, SymbolicTensor left, SymbolicTensor right) =>
        Append(node, "compare", "compare", new Combine("compare"), [left.Value, right.Value]);

    /// <inheritdoc cref="AddScaled(int, SymbolicTensor, double, bool, bool)"/>
    public SymbolicTensor Compare(int node, SymbolicTensor x, double number, bool numberFirst = false) =>
        Append(node, "compare", "compare", new Combine("compare"), [x.Value]);

    /// <summary>exp(x) over its sum along a dimension.</summary>
    public SymbolicTensor Softmax(int node, SymbolicTensor x, long dim) => Append(node, "softmax", "softmax", new Softmax(checked((int)dim)), [x.Value]);

    /// <summary>The logarithm of <see cref="Softmax"/>.</summary>
    public SymbolicTensor LogSoftmax(int node, SymbolicTensor x, long dim) =>
        Append(node, "log_softmax", "log_softmax", new Softmax(checked((int)dim), Logarithm: true), [x.Value]);

    /// <summary>Arithmetic with a setting that the graph does not know.</summary>
    private SymbolicTensor Combined(int node, string kind, params ReadOnlySpan<SymbolicTensor> tensors) =>
        Append(node, kind, kind, new Combine(kind), Values(tensors));

    private SymbolicTensor Elements(int node, string kind, SymbolicTensor x, ElementFunction function, double? first = null, double? second = null) =>
        Append(node, kind, kind, new Elementwise(function, first, second), [x.Value]);

    private SymbolicTensor Binary(int node, string kind, ArithmeticFunction function, SymbolicTensor left, SymbolicTensor right) =>
        Append(node, kind, kind, new Arithmetic(function), [left.Value, right.Value]);

    private SymbolicTensor Binary(int node, string kind, ArithmeticFunction function, SymbolicTensor x, double number, bool numberFirst) =>
        Append(node, kind, kind, new Arithmetic(function, number, numberFirst), [x.Value]);
}
