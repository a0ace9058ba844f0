using StickGen.Deployment;
using StickGen.Runtime.Tests.Models;

namespace StickGen.Runtime.Tests.Files;

/// <summary>
/// Files with damage in their structure and in their bits, of models with every operation. <c>STICKGEN_FUZZ=1000000</c> makes it as many, and
/// <c>STICKGEN_FUZZ_SEED</c> makes them others.
/// </summary>
public sealed class LongFuzzTests
{
    [Fact]
    public void Damaged_files_are_refused_or_run()
    {
        var rounds = Setting("STICKGEN_FUZZ", 1500);
        var refused = FileFuzz.Mix(Files(), Setting("STICKGEN_FUZZ_SEED", 5), rounds);
        Assert.InRange(refused, rounds / 2, rounds);
    }

    /// <summary>Of small models, so that there can be many.</summary>
    internal static IReadOnlyList<byte[]> Files()
    {
        const int Count = 60, Decoders = 12;
        const int Largest = 16 << 10;
        var files = new List<byte[]>();
        var path = Path.Combine(Directory.CreateTempSubdirectory("stickgen").FullName, "model.safetensors");
        for (var seed = 0; files.Count < Count; seed++)
        {
            using (var model = QuantizedModel.FromGraph(RandomModel.Create(seed).Graph))
                model.Save(path);
            var file = File.ReadAllBytes(path);
            if (file.Length <= Largest)
                files.Add(file);
        }

        for (var seed = 0; seed < Decoders; seed++)
        {
            using (var model = QuantizedModel.FromGraph(TinyDecoder.Create(seed)))
                model.Save(path);
            files.Add(File.ReadAllBytes(path));
        }

        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        return files;
    }

    private static int Setting(string name, int missing) => int.TryParse(Environment.GetEnvironmentVariable(name), out var value) ? value : missing;
}
