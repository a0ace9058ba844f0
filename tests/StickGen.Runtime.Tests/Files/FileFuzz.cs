using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using StickGen.Deployment;

namespace StickGen.Runtime.Tests.Files;

/// <summary>Damages a model file at random; whatever comes of it is refused, or runs.</summary>
internal static class FileFuzz
{
    /// <summary>Flips a few bits in each round, often in the length of the header.</summary>
    public static void FlipBits(byte[] good, string path, int rounds)
    {
        var random = new Random(1);
        for (var round = 0; round < rounds; round++)
            LoadAndRun(WithFlippedBits(good, random), path);
    }

    /// <summary>Changes the JSON of header and graph; returns how many of the files were refused.</summary>
    public static int MutateHeaders(byte[] good, string path, int rounds)
    {
        var random = new Random(2);
        var refused = 0;
        for (var round = 0; round < rounds; round++)
            refused += LoadAndRun(WithMutatedHeader(good, random), path) ? 0 : 1;

        return refused;
    }

    /// <summary>
    /// Damages one of several files in each round, in memory, and checks that loading it allocates at most four times its size and 64 MB; returns how
    /// many were refused.
    /// </summary>
    public static int Mix(IReadOnlyList<byte[]> good, int seed, int rounds)
    {
        const long Allowance = 64 << 20;
        var random = new Random(seed);
        var refused = 0;
        for (var round = 0; round < rounds; round++)
        {
            var file = good[random.Next(good.Count)];
            file = random.Next(3) switch
            {
                0 => WithFlippedBits(file, random),
                1 => WithMutatedHeader(file, random),
                _ => WithFlippedBits(WithMutatedHeader(file, random), random),
            };
            if (random.Next(20) == 0)
                file = file[..random.Next(file.Length)];
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var model = QuantizedModel.Load(file);
                CheckAllocated();
                Run(model);
            }
            catch (InvalidModelException)
            {
                CheckAllocated();
                refused++;
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                throw new InvalidOperationException($"Round {round} of seed {seed}.", e);
            }

            void CheckAllocated()
            {
                var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(allocated <= (4L * file.Length) + Allowance, $"Round {round} of seed {seed}: {file.Length} bytes were loaded with {allocated}.");
            }
        }

        return refused;
    }

    private static byte[] WithFlippedBits(byte[] good, Random random)
    {
        var bytes = (byte[])good.Clone();
        for (var flips = random.Next(1, 4); flips > 0; flips--)
            bytes[random.Next(random.Next(4) == 0 ? 8 : bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private static byte[] WithMutatedHeader(byte[] good, Random random)
    {
        var headerLength = (int)BinaryPrimitives.ReadInt64LittleEndian(good);
        var header = JsonNode.Parse(good.AsSpan(8, headerLength))!;
        // The graph is JSON within a string of the header.
        var graph = JsonNode.Parse((string)header["__metadata__"]!["graph"]!)!;
        for (var count = random.Next(1, 3); count > 0; count--)
            JsonMutation.Apply(random.Next(4) == 0 ? header : graph, random);
        if (header["__metadata__"] is JsonObject metadata && metadata.ContainsKey("graph"))
            metadata["graph"] = graph.ToJsonString();
        return WithHeader(header.ToJsonString(), good[(8 + headerLength)..]);
    }

    /// <summary>A file of a header and data.</summary>
    public static byte[] WithHeader(string header, byte[] data)
    {
        var bytes = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((long)bytes.Length), .. bytes, .. data];
    }

    /// <summary>Loads, and if that works, runs; whether it worked.</summary>
    private static bool LoadAndRun(byte[] bytes, string path)
    {
        File.WriteAllBytes(path, bytes);
        try
        {
            using var model = QuantizedModel.Load(path);
            Run(model);
            return true;
        }
        catch (InvalidModelException)
        {
            return false;
        }
    }

    /// <summary>Runs a model whose inputs and outputs are small.</summary>
    private static void Run(QuantizedModel model)
    {
        var lengths = model.Graph.Inputs.Select(i => i.Shape!.Aggregate(1L, (n, d) => n * d.Factor)).ToArray();
        if (lengths.Sum() > 100_000)
            return;
        try
        {
            var outputs = model.OutputLengths([.. lengths.Select(l => (int)l)]);
            if (outputs.Sum() >= 100_000)
                return;
            if (model.Vocabulary > 0)
            {
                model.Run(new int[lengths[0]], [], [.. outputs.Select(o => new float[o].AsMemory())]);
                var decoder = model.CreateDecoder(2, KeyValueCachePrecision.Int8);
                if (decoder.LogitCount < 100_000)
                    decoder.Step([0, 0], new float[decoder.LogitCount]);
            }
            else
                model.Run([.. lengths.Select(l => (ReadOnlyMemory<float>)new float[l])], [.. outputs.Select(o => new float[o].AsMemory())]);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            // Sizes of dynamic dimensions that do not fit each other, or no decoder.
        }
    }
}
