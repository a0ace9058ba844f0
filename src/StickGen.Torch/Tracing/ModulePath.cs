using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>Paths of modules and names of nodes: names with dots between them.</summary>
internal static class ModulePath
{
    public static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>Whether it is a plain <c>Sequential</c>, not one of a derived class that computes something else.</summary>
    public static bool CallsChildrenInOrder(Sequential sequential) =>
        sequential.GetType() == typeof(Sequential) || ((Func<Tensor, Tensor>)sequential.forward).Method.DeclaringType == typeof(Sequential);
}
