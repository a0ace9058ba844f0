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
        {
            var bytes = (byte[])good.Clone();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
                bytes[random.Next(random.Next(4) == 0 ? 8 : bytes.Length)] ^= (byte)(1 << random.Next(8));
            LoadAndRun(bytes, path);
        }
    }

    /// <summary>Changes the JSON of header and graph; returns how many of the files were refused.</summary>
    public static int MutateHeaders(byte[] good, string path, int rounds)
    {
        var random = new Random(2);
        var headerLength = (int)BinaryPrimitives.ReadInt64LittleEndian(good);
        var refused = 0;
        for (var round = 0; round < rounds; round++)
        {
            var header = JsonNode.Parse(good.AsSpan(8, headerLength))!;
            // The graph is JSON within a string of the header.
            var graph = JsonNode.Parse((string)header["__metadata__"]!["graph"]!)!;
            for (var count = random.Next(1, 3); count > 0; count--)
                JsonMutation.Apply(random.Next(4) == 0 ? header : graph, random);
            if (header["__metadata__"] is JsonObject metadata && metadata.ContainsKey("graph"))
                metadata["graph"] = graph.ToJsonString();
            refused += LoadAndRun(WithHeader(header.ToJsonString(), good[(8 + headerLength)..]), path) ? 0 : 1;
        }

        return refused;
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
            var lengths = model.Graph.Inputs.Select(i => i.Shape!.Aggregate(1L, (n, d) => n * d.Factor)).ToArray();
            if (lengths.Sum() > 100_000)
                return true;
            try
            {
                var outputs = model.OutputLengths([.. lengths.Select(l => (int)l)]);
                if (outputs.Sum() < 100_000)
                    model.Run([.. lengths.Select(l => (ReadOnlyMemory<float>)new float[l])], [.. outputs.Select(o => new float[o].AsMemory())]);
            }
            catch (ArgumentException)
            {
                // Sizes of dynamic dimensions that do not fit each other.
            }

            return true;
        }
        catch (InvalidModelException)
        {
            return false;
        }
    }
}
