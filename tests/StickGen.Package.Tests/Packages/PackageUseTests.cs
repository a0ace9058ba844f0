using System.Runtime.InteropServices;
using System.Text.Json;

namespace StickGen.Package.Tests.Packages;

/// <summary>What a user does after <c>dotnet add package</c>, outside the repository.</summary>
[Collection(nameof(PackageFeed))]
public class PackageUseTests(PackageFeed feed)
{
    [Fact]
    public void What_one_project_trains_another_deploys_without_TorchSharp()
    {
        string project = feed.CreateProject("Train");

        AssertCompilerPartsLoad(Command.Dotnet(project, "build", "-c", "Release", Version));
        string output = Path.Combine(project, "bin", "Release", "net10.0");
        Assert.Equal(Expected(project), Command.Dotnet(project, Path.Combine(output, "Train.dll")));
        Assert.False(Directory.Exists(Path.Combine(output, "cpu")), "TorchSharp failed to load at first, and copied libtorch.");

        string published = Path.Combine(project, "published");
        string runtime = RuntimeInformation.RuntimeIdentifier;
        Command.Dotnet(project, "publish", "-c", "Release", "-r", runtime, "--self-contained", "false", "-o", published, Version);
        Assert.Equal(Expected(project), Command.Dotnet(project, Path.Combine(published, "Train.dll")));

        if (OperatingSystem.IsLinux())
        {
            // The program itself says what is missing, before TorchSharp looks for it elsewhere.
            File.Delete(Path.Combine(published, "libtorch.so"));
            (int exitCode, string said) = Command.TryDotnet(project, Path.Combine(published, "Train.dll"));
            Assert.NotEqual(0, exitCode);
            Assert.Contains("TorchSharp's native library cannot be loaded: libtorch.so is not beside it.", said);
            Assert.False(Directory.Exists(Path.Combine(published, "cpu")));
        }

        Deploy(Path.Combine(project, "tiny.safetensors"), Path.Combine(project, "tiny.model.json"));
    }

    private void Deploy(string model, string signature)
    {
        string project = feed.CreateProject("Deploy");
        string published = Path.Combine(project, "published");
        File.Copy(signature, Path.Combine(project, Path.GetFileName(signature)));

        AssertCompilerPartsLoad(Command.Dotnet(project, "publish", "-c", "Release", "-o", published, Version));
        Assert.Equal(Expected(project), Command.Dotnet(project, Path.Combine(published, "Deploy.dll"), model));

        string[] files = Directory.GetFiles(published, "*", SearchOption.AllDirectories);
        Assert.DoesNotContain(files, f => Path.GetFileName(f).Contains("torch", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(files, f => Path.GetFileName(f).StartsWith("StickGen.Generators", StringComparison.Ordinal));
        long bytes = files.Sum(f => new FileInfo(f).Length);
        Assert.True(bytes <= 1_000_000, $"The deployed folder has {bytes} bytes:\n{string.Join('\n', files)}");
    }

    [Fact]
    public void A_native_library_that_cannot_be_relaxed_is_kept_and_the_build_says_so()
    {
        string project = feed.CreateProject("Damaged");

        string built = Command.Dotnet(project, "build", "-c", "Release", Version);

        Assert.Contains("libLibTorchSharp.so : warning STKB001: ", built);
        Assert.Contains("it is not an ELF file.", built);
        string[] copies = Directory.GetFiles(Path.Combine(project, "bin"), "libLibTorchSharp.so", SearchOption.AllDirectories);
        Assert.Equal(File.ReadAllText(Path.Combine(project, "libLibTorchSharp.so")), File.ReadAllText(Assert.Single(copies)));
    }

    [Fact]
    public void Signatures_of_models_reach_the_compiler_unless_they_lie_in_build_output_or_the_project_says_no()
    {
        string project = feed.CreateProject("Signatures");
        Command.Dotnet(project, "restore", Version);
        Directory.CreateDirectory(Path.Combine(project, "bin"));
        File.Copy(Path.Combine(project, "digits.model.json"), Path.Combine(project, "bin", "copied.model.json"));

        Assert.Equal(["digits.model.json", "models/letters.model.json"], AdditionalFiles());
        Assert.Empty(AdditionalFiles("-p:StickGenIncludeModels=false"));

        List<string> AdditionalFiles(params string[] options)
        {
            string json = Command.Dotnet(project, ["msbuild", "-getItem:AdditionalFiles", Version, .. options]);
            using var items = JsonDocument.Parse(json);
            return [.. items.RootElement.GetProperty("Items").GetProperty("AdditionalFiles").EnumerateArray()
                .Select(item => item.GetProperty("Identity").GetString()!.Replace('\\', '/')).Order(StringComparer.Ordinal)];
        }
    }

    private string Version => $"-p:StickGenVersion={feed.Version}";

    /// <summary>Each project prints its analyzers while it is built, so that one that came twice would show.</summary>
    private static void AssertCompilerPartsLoad(string built)
    {
        Assert.Contains("StickGen compiler parts: StickGen.Analyzers;StickGen.Capture;StickGen.CodeFixes;StickGen.Generators\n", built);
        Assert.DoesNotContain("CS8032", built); // an analyzer could not be created
        Assert.DoesNotContain("CS9057", built); // an analyzer asks for a newer compiler
        Assert.DoesNotContain("STKB", built); // the build files warn
    }

    private static string Expected(string project) => File.ReadAllText(Path.Combine(project, "Expected.txt"));
}
