using System.Diagnostics;
using System.Globalization;
using StickGen.Analyzers;
using StickGen.Generators;

namespace StickGen.Benchmarks.Generator;

/// <summary>What StickGen adds to <c>dotnet build</c> of a project, the process and MSBuild included.</summary>
internal static class WholeBuild
{
    /// <summary>Builds a project of models in a temporary folder, with and without the generators and analyzers in turn.</summary>
    public static void Measure(Report report, int models, int rounds)
    {
        var folder = Directory.CreateTempSubdirectory("stickgen-build-").FullName;
        try
        {
            for (var i = 0; i < models; i++)
                File.WriteAllText(Path.Combine(folder, $"Model{i.ToString(CultureInfo.InvariantCulture)}.cs"), UserProject.Source(i));
            File.WriteAllText(Path.Combine(folder, "Models.csproj"), Project());
            Dotnet(folder, "restore", "-v", "q");
            var (with, without) = (double.PositiveInfinity, double.PositiveInfinity);
            for (var round = 0; round <= rounds; round++)
            {
                var (plain, generated) = (Build(folder, isGenerated: false), Build(folder, isGenerated: true));
                if (round > 0)
                    (without, with) = (Math.Min(without, plain), Math.Min(with, generated));
            }

            report.Add("build_without_ms", without);
            report.Add("build_with_ms", with);
            report.Add("build_with_over_without", with / without);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Project()
    {
        string[] parts = [Path.Combine(AppContext.BaseDirectory, "StickGen.Capture.dll"), typeof(CompressionGenerator).Assembly.Location, typeof(CompressibleAnalyzer).Assembly.Location];
        return $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>disable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
            {string.Join('\n', UserProject.Libraries.Select(path => $"    <Reference Include=\"{path}\" Private=\"false\" />"))}
              </ItemGroup>
              <ItemGroup Condition="'$(IsGenerated)' == 'true'">
            {string.Join('\n', parts.Select(path => $"    <Analyzer Include=\"{path}\" />"))}
              </ItemGroup>
            </Project>
            """;
    }

    private static double Build(string folder, bool isGenerated)
    {
        var start = Stopwatch.GetTimestamp();

        // A compiler that stays would have been warmed by whoever was there before.
        Dotnet(folder, "build", "--no-restore", "--no-incremental", "-v", "q", "-p:UseSharedCompilation=false", "-nodeReuse:false", isGenerated ? "-p:IsGenerated=true" : "-p:IsGenerated=false");
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static void Dotnet(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"dotnet {string.Join(' ', arguments)} failed:\n{output}");
    }
}
