using TorchSharp.Modules;
using static TorchSharp.torch;
using Modules = TorchSharp.Modules;

namespace StickGen.Compression;

/// <summary>
/// The kinds of nodes that patterns speak of. A function, a tensor method and a module that compute the same are one kind.
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
    public const string Module = "module";
    public const string Opaque = "opaque";

    /// <summary>Whether a node of this kind only moves or selects values, so that its output is quantized as its input is.</summary>
    public static bool OnlyMoves(string kind) => kind is MaxPool2d or Dropout or Flatten or Reshape or Identity;

    /// <summary>Whether the operands may change places.</summary>
    public static bool IsCommutative(string kind) => kind is Add;

    /// <summary>The kind of a live module.</summary>
    public static string Of(nn.Module module) => module switch
    {
        Modules.Conv2d => Conv2d,
        Modules.BatchNorm2d => BatchNorm2d,
        Modules.Linear => Linear,
        ReLU => Relu,
        ReLU6 => Relu6,
        Modules.MaxPool2d => MaxPool2d,
        Modules.AvgPool2d => AvgPool2d,
        Modules.AdaptiveAvgPool2d => AdaptiveAvgPool2d,
        Modules.Dropout => Dropout,
        Modules.Flatten => Flatten,
        Modules.Identity => Identity,
        _ => Module,
    };
}
