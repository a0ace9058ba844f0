namespace StickGen.Package.Tests.Packages;

/// <summary>
/// The packages of this build in a temporary folder, and room beside it for projects that use them. The version is new each time,
/// so that no cache can answer with an older package; what NuGet cached of it goes with the folder.
/// </summary>
public sealed class PackageFeed : IDisposable
{
    private static readonly string[] Projects = ["StickGen", "StickGen.Runtime", "StickGen.Torch"];

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("stickgen-packages-");

    public PackageFeed()
    {
        try
        {
            Pack();
            WriteSettings();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The version of all packages.</summary>
    public string Version { get; } = $"0.1.0-test.{Guid.NewGuid():N}";

    /// <summary>Where the .nupkg files are.</summary>
    public string Folder => Path.Combine(root.FullName, "feed");

    /// <summary>Copies a project out of <c>Projects/</c> next to the feed, as a user's project outside the repository.</summary>
    public string CreateProject(string name)
    {
        string target = Path.Combine(root.FullName, name);
        string source = Path.Combine(AppContext.BaseDirectory, "Projects", name);
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return target;
    }

    public void Dispose()
    {
        string cache = Command.Dotnet(root.FullName, "nuget", "locals", "global-packages", "--list").Split("global-packages:")[1].Trim();
        foreach (string project in Projects)
        {
            string cached = Path.Combine(cache, project.ToLowerInvariant());
            if (Directory.Exists(Path.Combine(cached, Version)))
            {
                Directory.Delete(Path.Combine(cached, Version), recursive: true);
            }

            if (Directory.Exists(cached) && !Directory.EnumerateFileSystemEntries(cached).Any())
            {
                Directory.Delete(cached);
            }
        }

        root.Delete(recursive: true);
    }

    private void Pack()
    {
        foreach (string project in Projects)
        {
            // The nuspec would otherwise stay in the repository, one for each version.
            Command.Dotnet(
                BuildFacts.RepositoryRoot, "pack", Path.Combine("src", project, project + ".csproj"), "--no-build", "-c", BuildFacts.Configuration,
                "-o", Folder, $"-p:Version={Version}", $"-p:NuspecOutputPath={Path.Combine(root.FullName, "nuspec")}");
        }
    }

    /// <summary>Settings for the projects beside the feed. Being there, they also end the search for such files further up.</summary>
    private void WriteSettings()
    {
        Write("NuGet.config", $"""<configuration><packageSources><add key="stickgen" value="{Folder}" /></packageSources></configuration>""");
        // Links, as copies of libtorch would be 475 MB each.
        Write(
            "Directory.Build.props",
            """
            <Project>
              <PropertyGroup>
                <CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>
                <CreateHardLinksForPublishFilesIfPossible>true</CreateHardLinksForPublishFilesIfPossible>
              </PropertyGroup>
            </Project>
            """);
        Write("Directory.Build.targets", "<Project />");
        Write("Directory.Packages.props", "<Project />");

        void Write(string name, string content) => File.WriteAllText(Path.Combine(root.FullName, name), content);
    }
}

/// <summary>Packs once for all classes that look at the packages.</summary>
[CollectionDefinition(nameof(PackageFeed))]
public sealed class PackageFeedCollection : ICollectionFixture<PackageFeed>;
