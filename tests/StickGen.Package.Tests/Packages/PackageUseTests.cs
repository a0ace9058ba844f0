using System.Text.Json;

namespace StickGen.Package.Tests.Packages;

/// <summary>What a user does after <c>dotnet add package</c>, outside the repository.</summary>
[Collection(nameof(PackageFeed))]
public class PackageUseTests(PackageFeed feed)
{
    [Fact]
    public void A_project_that_trains_builds_runs_and_publishes()
    {
        string project = feed.CreateProject("Train");

        AssertCompilerPartsLoad(Command.Dotnet(project, "build", "-c", "Release", Version));
        string output = Path.Combine(project, "bin", "Release", "net10.0");
        Assert.Equal(Expected(project), Command.Run(Path.Combine(output, "Train"), project));
        Assert.False(Directory.Exists(Path.Combine(output, "cpu")), "TorchSharp failed to load at first, and copied libtorch.");

        string published = Path.Combine(project, "published");
        Command.Dotnet(project, "publish", "-c", "Release", "-r", "linux-x64", "--self-contained", "false", "-o", published, Version);
        Assert.Equal(Expected(project), Command.Run(Path.Combine(published, "Train"), project));
    }

    [Fact]
    public void A_project_that_deploys_runs_without_TorchSharp()
    {
        string project = feed.CreateProject("Deploy");
        string published = Path.Combine(project, "published");

        AssertCompilerPartsLoad(Command.Dotnet(project, "publish", "-c", "Release", "-o", published, Version));
        Assert.Equal(Expected(project), Command.Run(Path.Combine(published, "Deploy"), project));

        string[] files = Directory.GetFiles(published, "*", SearchOption.AllDirectories);
        Assert.DoesNotContain(files, f => Path.GetFileName(f).Contains("torch", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(files, f => Path.GetFileName(f).StartsWith("StickGen.Generators", StringComparison.Ordinal));
        long bytes = files.Sum(f => new FileInfo(f).Length);
        Assert.True(bytes <= 1_000_000, $"The deployed folder has {bytes} bytes:\n{string.Join('\n', files)}");
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
