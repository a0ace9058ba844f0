using System.IO.Compression;
using System.Xml.Linq;

namespace StickGen.Package.Tests.Packages;

[Collection(nameof(PackageFeed))]
public class PackageContentTests(PackageFeed feed)
{
    [Fact]
    public void StickGen_holds_the_attributes_the_compiler_parts_and_their_build_files()
    {
        Assert.Equal(
            [
                "README.md",
                "analyzers/dotnet/cs/StickGen.Analyzers.dll",
                "analyzers/dotnet/cs/StickGen.Capture.dll",
                "analyzers/dotnet/cs/StickGen.CodeFixes.dll",
                "analyzers/dotnet/cs/StickGen.Generators.dll",
                "build/StickGen.props",
                "buildTransitive/StickGen.props",
                "lib/net10.0/StickGen.dll",
                "lib/net10.0/StickGen.xml",
            ],
            Files("StickGen"));
        Assert.Empty(Dependencies("StickGen"));
    }

    [Fact]
    public void Runtime_depends_on_StickGen_alone_and_lets_its_analyzers_through()
    {
        Assert.Equal(["README.md", "lib/net10.0/StickGen.Runtime.dll", "lib/net10.0/StickGen.Runtime.xml"], Files("StickGen.Runtime"));
        XElement dependency = Assert.Single(Dependencies("StickGen.Runtime"));
        Assert.Equal(("StickGen", feed.Version, "All"), Describe(dependency));
    }

    [Fact]
    public void Torch_holds_the_native_cure_and_leaves_the_backend_to_the_user()
    {
        Assert.Equal(
            [
                "README.md",
                "build/RelaxSymbolVersions.cs",
                "build/StickGen.Torch.targets",
                "build/TorchNativeCheck.cs",
                "buildTransitive/StickGen.Torch.targets",
                "lib/net10.0/StickGen.Torch.dll",
                "lib/net10.0/StickGen.Torch.xml",
            ],
            Files("StickGen.Torch"));
        var dependencies = Dependencies("StickGen.Torch").Select(Describe).ToList();
        Assert.Contains(("StickGen.Runtime", feed.Version, "All"), dependencies);
        Assert.Contains(dependencies, d => d.Id == "TorchSharp");
        Assert.DoesNotContain(dependencies, d => d.Id.StartsWith("TorchSharp-", StringComparison.Ordinal) || d.Id.StartsWith("libtorch", StringComparison.Ordinal));
        Assert.DoesNotContain(dependencies, d => d.Id.StartsWith("StickGen.Generators", StringComparison.Ordinal));
    }

    private List<string> Files(string package)
    {
        using ZipArchive archive = Open(package);
        // Apart from what the package format itself adds.
        return [.. archive.Entries.Select(e => e.FullName)
            .Where(f => !f.StartsWith("_rels/", StringComparison.Ordinal) && !f.StartsWith("package/", StringComparison.Ordinal)
                && f != "[Content_Types].xml" && !f.EndsWith(".nuspec", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];
    }

    private List<XElement> Dependencies(string package)
    {
        using ZipArchive archive = Open(package);
        using Stream nuspec = archive.GetEntry(package + ".nuspec")!.Open();
        return [.. XDocument.Load(nuspec).Descendants().Where(e => e.Name.LocalName == "dependency")];
    }

    private ZipArchive Open(string package) => ZipFile.OpenRead(Path.Combine(feed.Folder, $"{package}.{feed.Version}.nupkg"));

    private static (string Id, string Version, string? Include) Describe(XElement dependency) =>
        (dependency.Attribute("id")!.Value, dependency.Attribute("version")!.Value, dependency.Attribute("include")?.Value);
}
