namespace StickGen.Capture.Models;

/// <summary>
/// The kinds of nodes. A function, a tensor method and a module that compute the same are one kind. The names are used
/// in patterns and by the run-time tracer, whose method for <c>max_pool2d</c> is <c>MaxPool2d</c>.
/// </summary>
internal static class NodeKinds
{
    public const string Conv2d = "conv2d";
    public const string BatchNorm2d = "batch_norm2d";
    public const string Linear = "linear";
    public const string Relu = "relu";
    public const string Relu6 = "relu6";
    public const string MaxPool2d = "max_pool2d";
    public const string AvgPool2d = "avg_pool2d";
    public const string AdaptiveAvgPool2d = "adaptive_avg_pool2d";
    public const string Dropout = "dropout";
    public const string Flatten = "flatten";
    public const string Reshape = "reshape";
    public const string Add = "add";
    public const string Concat = "concat";
    public const string Identity = "identity";

    /// <summary>Any other module.</summary>
    public const string Module = "module";

    /// <summary>Any other operation.</summary>
    public const string Opaque = "opaque";

    /// <summary>
    /// Whether a node of this kind only moves or selects values: its output has the quantization of its input, so that it
    /// needs no unit of its own.
    /// </summary>
    public static bool OnlyMoves(string kind) => kind is MaxPool2d or Dropout or Flatten or Reshape or Identity;

    /// <summary>Whether the operands may change places.</summary>
    public static bool IsCommutative(string kind) => kind is Add;

    /// <summary>The kind of a module of a type of namespace <c>TorchSharp.Modules</c>.</summary>
    public static string OfModule(string typeName) => typeName switch
    {
        "Conv2d" => Conv2d,
        "BatchNorm2d" => BatchNorm2d,
        "Linear" => Linear,
        "ReLU" => Relu,
        "ReLU6" => Relu6,
        "MaxPool2d" => MaxPool2d,
        "AvgPool2d" => AvgPool2d,
        "AdaptiveAvgPool2d" => AdaptiveAvgPool2d,
        "Dropout" => Dropout,
        "Flatten" => Flatten,
        "Identity" => Identity,
        _ => Module,
    };
}
