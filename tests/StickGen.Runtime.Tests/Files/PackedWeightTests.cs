using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Runtime.Tests.Files;

/// <summary>Weights of few bits in the model file.</summary>
public sealed class PackedWeightTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("stickgen").FullName;
    private readonly string path;

    public PackedWeightTests() => path = Path.Combine(folder, "packed.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Two output channels of five weights each: bits, and the bytes by hand.</summary>
    public static TheoryData<int[], int, bool, byte[]> Examples => new()
    {
        // Codes in the lowest bits first: 0b00_11_10_01 is 1, −2, −1, 0.
        { [1, -2, -1, 0, 1, 0, 0, 0, 0, -1], 2, false, [0b00111001, 0b01, 0, 0b11] },
        // 2 does not fit, −2 does: the second channel is negated.
        { [1, -2, -1, 0, 1, 2, -1, 1, 0, 0], 2, false, [0b00111001, 0b01, 0b00110110, 0] },
        { [1, -1, -1, 1, 1, -1, -1, -1, -1, -1], 1, true, [0b00110, 0b11111] },
        // −3, −1, 1, 3 are −2, −1, 0, 1; a channel that is switched off has no odd integer.
        { [3, -3, -1, 1, 3, 0, 0, 0, 0, 0], 2, true, [0b00111001, 0b01, 0, 0] },
        { [7, -8, 0, 1, -1, 8, 0, 0, 0, 0], 4, false, [0x87, 0x10, 0x0F, 0x08, 0, 0] },
        { [15, -15, 1, -1, 3, 15, 15, 15, 15, 15], 4, true, [0x87, 0xF0, 0x01, 0x77, 0x77, 0x07] },
        { [-1, 0, 0, -1, -1, 0, 1, 1, 1, 1], 1, false, [0b11001, 0b11110] },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void Are_stored_in_as_few_bits_as_hold_them(int[] weights, int bits, bool isOdd, byte[] expected)
    {
        var graph = Create(weights, [2, 5]);
        Save(graph);
        var (header, data) = Read();
        var tensor = header["fc.weight"]!;
        Assert.Equal("U8", (string)tensor["dtype"]!);
        Assert.Equal([2, expected.Length / 2], tensor["shape"]!.AsArray().Select(n => (int)n!));
        Assert.Equal(expected, data[(int)tensor["data_offsets"]![0]!..(int)tensor["data_offsets"]![1]!]);
        var packing = JsonNode.Parse((string)header["__metadata__"]!["graph"]!)!["constants"]![0]!["packing"]!;
        Assert.Equal((bits, isOdd), ((int)packing["bits"]!, (bool)packing["odd"]!));
        CheckLoaded(graph);
    }

    [Theory]
    [InlineData(new[] { 9, 0, 0, 0, 0, -9, 0, 0, 0, 0 })]
    [InlineData(new[] { 8, 0, 0, 0, -8, 0, 0, 0, 0, 0 })]
    [InlineData(new[] { 127, -127, 1, 1, 1, 1, 1, 1, 1, 1 })]
    public void That_need_more_are_stored_as_they_are(int[] weights)
    {
        var graph = Create(weights, [2, 5]);
        Save(graph);
        Assert.Equal("I8", (string)Read().Header["fc.weight"]!["dtype"]!);
        CheckLoaded(graph);
    }

    /// <summary>Every width, any number of weights in a channel, channels turned round and switched off.</summary>
    [Fact]
    public void Come_back_as_they_were()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var (bits, isOdd, rows, length) = (1 << random.Next(3), random.Next(2) == 0, random.Next(1, 6), random.Next(1, 40));
            if (bits == 1)
                isOdd = true;
            var weights = new int[rows * length];
            for (var row = 0; row < rows; row++)
            {
                var (sign, off) = (random.Next(2) == 0 ? 1 : -1, random.Next(6) == 0);
                foreach (ref var w in weights.AsSpan(row * length, length))
                {
                    var code = random.Next(-(1 << (bits - 1)), 1 << (bits - 1));
                    w = off ? 0 : sign * (isOdd ? (2 * code) + 1 : code);
                }
            }

            var graph = Create(weights, [rows, length]);
            Save(graph);
            var size = Read().Header["fc.weight"]!["shape"]!.AsArray().Aggregate(1, (a, n) => a * (int)n!);
            Assert.InRange(size, 1, Math.Min(rows * ((length * bits) + 7) / 8 + rows, rows * length));
            CheckLoaded(graph);
        }
    }

    [Fact]
    public void Take_a_quarter_of_the_file_in_two_bits()
    {
        var random = new Random(1);
        long Size(int low, int high)
        {
            Save(Create([.. Enumerable.Range(0, 64 * 1152).Select(_ => random.Next(low, high + 1))], [64, 128, 3, 3]));
            return new FileInfo(path).Length;
        }

        var (eight, four, two) = (Size(-127, 127), Size(-7, 7), Size(-2, 1));
        Assert.InRange(four, 0, 0.52 * eight);
        Assert.InRange(two, 0, 0.27 * eight);
    }

    [Theory]
    [InlineData("\\\"bits\\\":2", "\\\"bits\\\":3", "3 bits")]
    [InlineData("\\\"bits\\\":2", "\\\"bits\\\":8", "whole number")]
    [InlineData("\\\"bits\\\":2", "\\\"bits\\\":4", "is expected")]
    [InlineData("\\\"shape\\\":[2,5]", "\\\"shape\\\":[2,9]", "is expected")]
    [InlineData("\\\"shape\\\":[2,5]", "\\\"shape\\\":[10]", "two dimensions")]
    [InlineData("\\\"shape\\\":[2,5]", "\\\"shape\\\":[2147483647,2147483647,2]", "two dimensions")]
    [InlineData("\\\"shape\\\":[2,5]", "\\\"shape\\\":[\\\"n\\\",5]", "two dimensions")]
    [InlineData("\\\"shape\\\":[2,5]", "\\\"shape\\\":[2,4]", "is expected")]
    [InlineData("\\\"negated\\\":[1]", "\\\"negated\\\":[2]", "different channels")]
    [InlineData("\\\"negated\\\":[1]", "\\\"negated\\\":[1,1]", "different channels")]
    [InlineData("\\\"negated\\\":[1]", "\\\"negated\\\":[\\\"1\\\"]", "different channels")]
    [InlineData("\\\"negated\\\":[1]", "\\\"zero\\\":[1]", "does not know")]
    [InlineData("\\\"odd\\\":false", "\\\"odd\\\":1", "not true or false")]
    [InlineData("\\\"odd\\\":false", "\\\"odd\\\":true", "does not know")]
    [InlineData("\"dtype\":\"U8\"", "\"dtype\":\"I8\"", "is expected")]
    public void A_wrong_packing_is_refused_with_the_reason(string from, string to, string reason)
    {
        Save(Create([1, -2, -1, 0, 1, 2, -1, 1, 0, 0], [2, 5]));
        var bytes = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = Encoding.UTF8.GetString(bytes, 8, length);
        Assert.Contains(from, header, StringComparison.Ordinal);
        File.WriteAllBytes(path, FileFuzz.WithHeader(header.Replace(from, to, StringComparison.Ordinal), bytes[(8 + length)..]));
        Assert.Contains(reason, Assert.Throws<InvalidModelException>(() => QuantizedModel.Load(path)).Message, StringComparison.Ordinal);
    }

    /// <summary>2³² bits and a few more in a row, which would be eight bytes if only the lower half counted.</summary>
    [Fact]
    public void A_row_that_is_too_long_is_refused_before_memory_is_taken()
    {
        Save(Create([7, -7, 5, 3, 1, 2, 0, 4, -3, -5, 6, -6, 2, 1, 0, 7], [1, 16]));
        var bytes = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = Encoding.UTF8.GetString(bytes, 8, length);
        const string Shape = "\\\"shape\\\":[1,16]";
        Assert.Contains(Shape, header, StringComparison.Ordinal);
        File.WriteAllBytes(path, FileFuzz.WithHeader(header.Replace(Shape, "\\\"shape\\\":[1,1073741840]", StringComparison.Ordinal), bytes[(8 + length)..]));
        Assert.Contains("is expected", Assert.Throws<InvalidModelException>(() => QuantizedModel.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bits_that_mean_nothing_are_refused()
    {
        Save(Create([3, -3, -1, 1, 3, 0, 0, 0, 0, 0], [2, 5]));
        var (header, _) = Read();
        var start = File.ReadAllBytes(path);
        var offset = start.Length - 4;
        Assert.Equal([0, 4], header["fc.weight"]!["data_offsets"]!.AsArray().Select(n => (int)n!));
        foreach (var (at, mask, reason) in new[] { (1, 0x80, "after the last value of channel 0"), (2, 1, "channel 1, which is to be zero") })
        {
            var bytes = (byte[])start.Clone();
            bytes[offset + at] |= (byte)mask;
            File.WriteAllBytes(path, bytes);
            Assert.Contains(reason, Assert.Throws<InvalidModelException>(() => QuantizedModel.Load(path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Damaged_files_never_crash()
    {
        Save(Create([1, -2, -1, 0, 1, 2, -1, 1, 0, 0], [2, 5]));
        var good = File.ReadAllBytes(path);
        FileFuzz.FlipBits(good, path, rounds: 600);
        Assert.InRange(FileFuzz.MutateHeaders(good, path, rounds: 1200), 400, 1200);
    }

    [Fact]
    public void Do_not_change_the_signature()
    {
        var model = QuantizedModel.FromGraph(Create([1, -1, -1, 1, 1, -1, -1, -1, -1, -1], [2, 5]));
        Assert.Equal("int8", model.Signature.ToJson().Split('\n').Single(l => l.Contains("fc.weight", StringComparison.Ordinal)).Split("\"type\":\"")[1].Split('"')[0]);
        using var other = QuantizedModel.FromGraph(Create([100, -1, -1, 1, 1, -1, -1, -1, -1, -1], [2, 5]));
        Assert.Equal(other.Signature.Id, model.Signature.Id);
    }

    private static ModelGraph Create(int[] weights, long[] shape)
    {
        var graph = new ModelGraph("Packed");
        var isImage = shape.Length == 4;
        var input = graph.AddInput("x", isImage ? new Shape("batch", shape[1], 4, 4) : new Shape("batch", shape[1]));
        var quantized = graph.Add("q", new Quantize(), [input], ValueQuantization.PerTensor(0.1f, 3, 0, 255));
        var weight = graph.AddConstant(
            "fc.weight", ElementType.Int8, Shape.Of(shape), MemoryMarshal.AsBytes<sbyte>(Array.ConvertAll(weights, w => (sbyte)w)).ToArray(),
            ValueQuantization.PerTensor(0.01f, 0, -127, 127));
        graph.AddOutput(graph.Add("fc", isImage ? new Conv2d(new Window(3, 1, 1, 1), 1) : new Linear(), [quantized, weight]));
        return graph;
    }

    private void Save(ModelGraph graph)
    {
        using var model = QuantizedModel.FromGraph(graph);
        model.Save(path);
    }

    private (JsonNode Header, byte[] Data) Read()
    {
        var bytes = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        return (JsonNode.Parse(bytes.AsSpan(8, length))!, bytes[(8 + length)..]);
    }

    private void CheckLoaded(ModelGraph expected)
    {
        var before = File.ReadAllBytes(path);
        using var loaded = QuantizedModel.Load(path);
        Assert.Equal(expected.Values["fc.weight"].Data.ToArray(), loaded.Graph.Values["fc.weight"].Data.ToArray());
        Assert.Equal(expected.Values["fc.weight"].ToString(), loaded.Graph.Values["fc.weight"].ToString());
        loaded.Save(path);
        Assert.Equal(before, File.ReadAllBytes(path));
    }
}
