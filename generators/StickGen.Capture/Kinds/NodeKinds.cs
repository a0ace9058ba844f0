using static StickGen.Kinds.KindBehavior;

namespace StickGen.Kinds;

/// <summary>
/// The kinds of nodes: a function, a tensor method, an operator and a module that compute the same are one kind. Patterns, the
/// capture and the tracer read this one table.
/// </summary>
internal static class NodeKinds
{
    public const string Conv2d = "conv2d";
    public const string BatchNorm2d = "batch_norm2d";
    public const string Linear = "linear";
    public const string Relu = "relu";
    public const string Relu6 = "relu6";
    public const string AvgPool2d = "avg_pool2d";
    public const string AdaptiveAvgPool2d = "adaptive_avg_pool2d";
    public const string Dropout = "dropout";
    public const string Add = "add";
    public const string Concat = "concat";
    public const string Identity = "identity";

    /// <summary>Reading a tensor by subscripts: <c>x[.., 0]</c>.</summary>
    public const string Index = "index";

    /// <summary>A parameter or a buffer that is read as a value.</summary>
    public const string State = "state";

    /// <summary>An operation of TorchSharp of which no more is known than its name and what it reads.</summary>
    public const string Operation = "operation";

    /// <summary>A call of a module that is given more than tensors, or gives more than one.</summary>
    public const string Invoke = "invoke";

    /// <summary>A tensor that something holds which is no part of the graph: an object that <c>forward</c> is given.</summary>
    public const string Member = "member";

    /// <summary>Any other module.</summary>
    public const string Module = "module";

    /// <summary>Any other operation.</summary>
    public const string Opaque = "opaque";

    private const string Window = "kernel_size stride strides=stride padding dilation ceil_mode";
    private const string Mean = "kernel_size stride strides=stride padding ceil_mode count_include_pad divisor_override";
    private const string Created = "-dtype -device -requires_grad -names";

    private static readonly NodeKind[] All =
    [
        // Units of the integer model.
        new(Conv2d, Unit) { Modules = "Conv2d" },
        new(BatchNorm2d, Unit) { Modules = "BatchNorm2d" },
        new(Linear, Unit) { Modules = "Linear" },
        new(Relu, Unit, "relu relu_", "-inplace") { Modules = "ReLU", IsElementwise = true },
        new(Relu6, Unit, "relu6 relu6_", "-inplace") { Modules = "ReLU6", IsElementwise = true },
        new(AvgPool2d, Unit, "avg_pool2d", Mean) { Modules = "AvgPool2d" },
        new(AdaptiveAvgPool2d, Unit, "adaptive_avg_pool2d", "output_size") { Modules = "AdaptiveAvgPool2d" },
        new(Add, Unit, "add add_ op_Addition") { Operands = 2, IsCommutative = true },
        new(Concat, Unit, "cat concat concatenate", "dim:0 axis=dim:0") { TakesList = true },

        // What only moves or selects values.
        new("max_pool2d", Moves, "max_pool2d", Window) { Modules = "MaxPool2d", HasKernel = true },
        new(Dropout, Moves, "dropout dropout1d dropout2d dropout3d", "p:0.5 -training -inplace") { Modules = "Dropout Dropout1d Dropout2d Dropout3d", HasKernel = true },
        new("flatten", Moves, "flatten", "start_dim:0 end_dim:-1") { Modules = "Flatten", HasKernel = true },
        new("reshape", Moves, "view reshape", "shape*") { HasKernel = true },
        new("unflatten", Moves, "unflatten", "dim sizes*") { Modules = "Unflatten", HasKernel = true },
        new("squeeze", Moves, "squeeze squeeze_", "dim") { HasKernel = true },
        new("unsqueeze", Moves, "unsqueeze unsqueeze_", "dim") { HasKernel = true },
        new(Identity, Moves, "alias contiguous clone detach") { Modules = "Identity", HasKernel = true },
        new("max_pool1d", Moves, "max_pool1d", Window) { Modules = "MaxPool1d" },
        new("max_pool3d", Moves, "max_pool3d", Window) { Modules = "MaxPool3d" },
        new("adaptive_max_pool2d", Moves, "adaptive_max_pool2d", "output_size") { Modules = "AdaptiveMaxPool2d" },
        new("permute", Moves, "permute", "permutation*") { HasKernel = true },
        new("transpose", Moves, "transpose transpose_ swapaxes swapdims", "dim0 dim1 axis0=dim0 axis1=dim1") { HasKernel = true },
        new("matrix_transpose", Moves, ".mT .T t") { HasKernel = true },
        new("expand", Moves, "expand broadcast_to", "sizes* shape*"),
        new("expand_as", Moves, "expand_as") { Operands = 2 },
        new("reshape_as", Moves, "view_as") { Operands = 2 },
        new("repeat", Moves, "repeat", "sizes*"),
        new("repeat_interleave", Moves, "repeat_interleave", "repeats dim"),
        new("flip", Moves, "flip", "-dims"),
        new("roll", Moves, "roll", "-shifts dims"),
        new("narrow", Moves, "narrow", "dim start length#") { HasKernel = true },
        new("slice", Moves, "slice", "dim start finish# step"),
        new("select", Moves, "select", "dim index") { HasKernel = true },
        new(Index, Moves),
        new("index_select", Moves, "index_select", "dim") { Operands = 2 },
        new("gather", Moves, "gather", "-dim -sparse_grad") { Operands = 2 },
        new("chunk", Moves, "chunk", "chunks dim") { GivesList = true, HasKernel = true },
        new("split", Moves, "split", "size split_size_or_sections=size sizes=size dim") { GivesList = true, HasKernel = true },
        new("unbind", Moves, "unbind", "dim dimension=dim") { GivesList = true, HasKernel = true },
        new("stack", Float, "stack", "dim") { TakesList = true },
        new("pixel_shuffle", Moves, "pixel_shuffle", "upscale_factor") { Modules = "PixelShuffle" },
        new("channel_shuffle", Moves, "channel_shuffle", "-groups") { Modules = "ChannelShuffle" },

        // Functions of each element.
        new("sigmoid", Float, "sigmoid sigmoid_", "-inplace") { Modules = "Sigmoid", IsElementwise = true, HasKernel = true },
        new("tanh", Float, "tanh tanh_", "-inplace") { Modules = "Tanh", IsElementwise = true, HasKernel = true },
        new("silu", Float, "silu silu_", "-inplace") { Modules = "SiLU", IsElementwise = true, HasKernel = true },
        new("mish", Float, "mish", "-inplace") { Modules = "Mish", IsElementwise = true, HasKernel = true },
        new("hardswish", Float, "hardswish hardswish_", "-inplace") { Modules = "Hardswish", IsElementwise = true, HasKernel = true },
        new("hardsigmoid", Float, "hardsigmoid hardsigmoid_", "-inplace") { Modules = "Hardsigmoid", IsElementwise = true, HasKernel = true },
        new("selu", Float, "selu selu_", "-inplace") { Modules = "SELU", IsElementwise = true, HasKernel = true },
        new("softsign", Float, "softsign", "-inplace") { Modules = "Softsign", IsElementwise = true, HasKernel = true },
        new("tanhshrink", Float, "tanhshrink", "-inplace") { Modules = "Tanhshrink", IsElementwise = true, HasKernel = true },
        new("log_sigmoid", Float, "logsigmoid") { Modules = "LogSigmoid", IsElementwise = true, HasKernel = true },
        new("gelu", Float, "gelu gelu_", "approximate:none -inplace") { Modules = "GELU", IsElementwise = true, HasKernel = true },
        new("leaky_relu", Float, "leaky_relu leaky_relu_", "negative_slope:0.01 -inplace") { Modules = "LeakyReLU", IsElementwise = true, HasKernel = true },
        new("elu", Float, "elu elu_", "alpha:1 -inplace") { Modules = "ELU", IsElementwise = true, HasKernel = true },
        new("celu", Float, "celu celu_", "alpha:1 -inplace") { Modules = "CELU", IsElementwise = true, HasKernel = true },
        new("softplus", Float, "softplus", "beta:1 threshold:20") { Modules = "Softplus", IsElementwise = true, HasKernel = true },
        new("hardtanh", Float, "hardtanh hardtanh_", "min=min_val:-1 max=max_val:1 min_val:-1 max_val:1 -inplace") { Modules = "Hardtanh", IsElementwise = true, HasKernel = true },
        new("clamp", Float, "clamp clamp_ clip clamp_min clamp_min_ clamp_max clamp_max_", "min:none max:none") { IsElementwise = true, HasKernel = true },
        new("exp", Float, "exp exp_") { IsElementwise = true, HasKernel = true },
        new("log", Float, "log log_") { IsElementwise = true, HasKernel = true },
        new("sqrt", Float, "sqrt sqrt_") { IsElementwise = true, HasKernel = true },
        new("rsqrt", Float, "rsqrt rsqrt_") { IsElementwise = true, HasKernel = true },
        new("reciprocal", Float, "reciprocal reciprocal_") { IsElementwise = true, HasKernel = true },
        new("square", Float, "square") { IsElementwise = true, HasKernel = true },
        new("abs", Float, "abs abs_") { IsElementwise = true, HasKernel = true },
        new("neg", Float, "neg neg_ negative negative_ op_UnaryNegation") { IsElementwise = true, HasKernel = true },
        new("sin", Float, "sin sin_") { IsElementwise = true, HasKernel = true },
        new("cos", Float, "cos cos_") { IsElementwise = true, HasKernel = true },
        new("erf", Float, "erf erf_") { IsElementwise = true, HasKernel = true },
        new("floor", Float, "floor floor_") { IsElementwise = true, HasKernel = true },
        new("round", Float, "round round_", "!decimals") { IsElementwise = true, HasKernel = true },
        new("prelu", Float, "prelu") { Modules = "PReLU", Operands = 2 },

        // Arithmetic, with broadcasting.
        new("add_scaled", Float, "add add_ op_Addition", "!alpha") { OptionalOperands = 1, TakesNumber = true, HasKernelWithNumber = true },
        new("sub", Float, "sub sub_ subtract subtract_ op_Subtraction") { OptionalOperands = 1, TakesNumber = true, HasKernel = true },
        new("mul", Float, "mul mul_ multiply multiply_ op_Multiply") { OptionalOperands = 1, TakesNumber = true, HasKernel = true, IsCommutative = true },
        new("div", Float, "div div_ divide divide_ op_Division", "!rounding_mode") { OptionalOperands = 1, TakesNumber = true, HasKernelWithNumber = true },
        new("pow", Float, "pow pow_") { OptionalOperands = 1, TakesNumber = true, HasKernelWithNumber = true },
        new("minimum", Float, "minimum min") { Operands = 2, IsCommutative = true },
        new("maximum", Float, "maximum max") { Operands = 2, IsCommutative = true },
        new("compare", Float, "gt lt ge le eq ne op_GreaterThan op_LessThan op_GreaterThanOrEqual op_LessThanOrEqual") { OptionalOperands = 1, TakesNumber = true },
        new("addcmul", Float, "addcmul addcmul_", "-value") { Operands = 3 },
        new("where", Float, "where") { Operands = 3 },
        new("masked_fill", Float, "masked_fill masked_fill_", "-value") { Operands = 2 },
        new("matmul", Float, "matmul bmm mm") { Operands = 2, HasKernel = true },

        // Other layers.
        new("conv1d", Float) { Modules = "Conv1d" },
        new("conv3d", Float) { Modules = "Conv3d" },
        new("conv_transpose1d", Float) { Modules = "ConvTranspose1d" },
        new("conv_transpose2d", Float) { Modules = "ConvTranspose2d" },
        new("conv_transpose3d", Float) { Modules = "ConvTranspose3d" },
        new("batch_norm1d", Float) { Modules = "BatchNorm1d" },
        new("batch_norm3d", Float) { Modules = "BatchNorm3d" },
        new("layer_norm", Float, "layer_norm", "normalized_shape -eps") { Modules = "LayerNorm", OptionalOperands = 2 },
        new("group_norm", Float, "group_norm", "num_groups -eps") { Modules = "GroupNorm", OptionalOperands = 2 },
        new("instance_norm2d", Float) { Modules = "InstanceNorm2d" },
        new("embedding", Float) { Modules = "Embedding" },
        new("avg_pool1d", Float, "avg_pool1d", Mean) { Modules = "AvgPool1d" },
        new("avg_pool3d", Float, "avg_pool3d", Mean) { Modules = "AvgPool3d" },
        new("adaptive_avg_pool1d", Float, "adaptive_avg_pool1d", "output_size") { Modules = "AdaptiveAvgPool1d" },
        new("upsample", Float, "interpolate upsample", "size scale_factor mode -align_corners -recompute_scale_factor -antialias") { Modules = "Upsample", HasKernel = true },
        new("pad", Float, "pad", "pad -mode -value") { Modules = "ZeroPad2d ConstantPad2d ReflectionPad2d ReplicationPad2d" },
        new("softmax", Float, "softmax", "dim:? -dtype") { Modules = "Softmax", HasKernel = true },
        new("log_softmax", Float, "log_softmax", "dim:? -dtype") { Modules = "LogSoftmax" },
        new("scaled_dot_product_attention", Float, "scaled_dot_product_attention", "-p !is_casual") { Operands = 3, OptionalOperands = 1, ShowsOperands = true },

        // Reductions.
        new("mean", Float, "mean", "dimensions=dim keepdim -type") { HasKernel = true },
        new("sum", Float, "sum", "dim keepdim -type") { HasKernel = true },
        new("var", Float, "var", "dimensions=dim dim -unbiased keepdim -type"),
        new("std", Float, "std", "dimensions=dim dim -unbiased keepdim -type"),
        new("amax", Float, "amax max", "dims=dim keepdim"),
        new("amin", Float, "amin min", "dims=dim keepdim"),
        new("argmax", Float, "argmax", "dim keepdim"),

        // Others that keep the shape of their first tensor.
        new("tril", Float, "tril tril_", "-diagonal"),
        new("triu", Float, "triu triu_", "-diagonal"),
        new("cumsum", Float, "cumsum", "-dim -type"),
        new("type_as", Float, "type_as") { Operands = 2 },
        new("cast", Float, "to to_type type float double half long int bool", "-type -dtype -device -copy -disposeAfter -non_blocking"),
        new("zeros_like", Float, "zeros_like", Created),
        new("ones_like", Float, "ones_like", Created),
        new("full_like", Float, "full_like", "-value " + Created),

        // Sources.
        new(State, Float) { Operands = 0, HasKernel = true },
        new("zeros", Float, "zeros", "size* rows* columns* dim0* dim1* dim2* dim3* " + Created) { Operands = 0 },
        new("ones", Float, "ones", "size* rows* columns* dim0* dim1* dim2* dim3* " + Created) { Operands = 0 },
        new("full", Float, "full", "size* rows* columns* dim0* dim1* dim2* dim3* -value " + Created) { Operands = 0 },
        new("arange", Float, "arange", "start# stop# step " + Created) { Operands = 0 },

        // What is known by name.
        new(Operation, Float) { Operands = 0 },
        new(Invoke, Float) { Operands = 0 },
        new(Member, Float) { Operands = 0 },

        new(Module, Float),
        new(Opaque, Float),
    ];

    private static readonly Dictionary<string, NodeKind> ByName = All.ToDictionary(kind => kind.Name, StringComparer.Ordinal);

    private static readonly ILookup<string, NodeKind> ByCall =
        All.SelectMany(kind => kind.Calls.Select(call => (call, kind))).ToLookup(entry => entry.call, entry => entry.kind, StringComparer.Ordinal);

    private static readonly Dictionary<string, string> ByModule = All
        .SelectMany(kind => kind.Modules.Split([' '], StringSplitOptions.RemoveEmptyEntries).Select(module => (module, kind.Name)))
        .ToDictionary(entry => entry.module, entry => entry.Name, StringComparer.Ordinal);

    /// <summary>The kinds of functions of each element.</summary>
    public static IEnumerable<string> Elementwise => All.Where(kind => kind.IsElementwise).Select(kind => kind.Name);

    /// <summary>Whether there is a kind of a name.</summary>
    public static bool Exists(string name) => ByName.ContainsKey(name);

    /// <summary>The kind of a name.</summary>
    public static NodeKind Get(string name) => ByName[name];

    /// <summary>The kinds that a function, a tensor method or an operator of a name can be, depending on its arguments.</summary>
    public static IEnumerable<NodeKind> OfCall(string name) => ByCall[name];

    /// <summary>The kind of a module of a type of namespace <c>TorchSharp.Modules</c>.</summary>
    public static string OfModule(string typeName) => ByModule.TryGetValue(typeName, out var kind) ? kind : Module;

    /// <summary>
    /// Whether a node of this kind only moves or selects values: its output has the quantization of its input, so that it
    /// needs no unit of its own.
    /// </summary>
    public static bool OnlyMoves(string kind) => Get(kind).Behavior == Moves;

    /// <summary>Whether it is the arithmetic of two tensors, or of a tensor and a number.</summary>
    public static bool IsArithmetic(string kind) => kind is "add_scaled" or "sub" or "mul" or "div";

    /// <summary>Whether the operands may change places.</summary>
    public static bool IsCommutative(string kind) => Get(kind).IsCommutative;

    /// <summary>Whether nothing but code that the user wrote computes it, which the replay has no settings of.</summary>
    public static bool IsNamedOnly(string kind) => kind is Opaque or Operation or Invoke or Member;

    /// <summary>Whether a node that calls no module is computed by the code that the user wrote.</summary>
    public static bool IsVerbatim(string kind) => Get(kind).Behavior == Float;
}
