namespace StickGen.Compression;

/// <summary>Paths of modules and names of nodes: names with dots between them.</summary>
internal static class ModulePath
{
    public static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
