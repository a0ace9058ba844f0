using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Runtime.Tests.Files;

/// <summary>Whatever is in a file, loading it either works or says what is wrong.</summary>
public sealed class BadFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("stickgen").FullName;
    private readonly string path;
    private readonly byte[] good;

    public BadFileTests()
    {
        path = Path.Combine(folder, "tiny.safetensors");
        using var model = QuantizedModel.FromGraph(TinyModel.Create());
        model.Save(path);
        good = File.ReadAllBytes(path);
    }

    private int HeaderLength => (int)BinaryPrimitives.ReadInt64LittleEndian(good);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Every_truncated_file_is_refused()
    {
        for (var length = 0; length < good.Length; length += length < 64 || length > good.Length - 64 ? 1 : 7)
            Assert.Throws<InvalidModelException>(() => Load(good[..length]));
    }

    [Fact]
    public void A_file_that_is_too_long_is_refused() =>
        Assert.Contains("the file has", Refused([.. good, 0]), StringComparison.Ordinal);

    [Fact]
    public void A_foreign_file_is_refused()
    {
        Assert.Contains("is empty", Refused([]), StringComparison.Ordinal);
        Assert.Contains("not a safetensors file", Refused("#!/bin/sh\necho this is a script"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("at most", Refused([.. BitConverter.GetBytes(20_000_000L), .. new byte[20_000_000]]), StringComparison.Ordinal);
        Assert.Contains("not one that StickGen wrote", Refused(FileFuzz.WithHeader("{}", [])), StringComparison.Ordinal);
        Assert.Contains("beside a signature", Refused(File.ReadAllBytes(QuantizedModel.SignaturePath(path))), StringComparison.Ordinal);
        Assert.Throws<InvalidModelException>(() => Load(FileFuzz.WithHeader("[]", [])));
        Assert.Throws<InvalidModelException>(() => Load(FileFuzz.WithHeader(new string('[', 10_000), [])));
        Assert.Throws<FileNotFoundException>(() => QuantizedModel.Load(Path.Combine(folder, "none.safetensors")));
    }

    [Theory]
    [InlineData("\"stickgen-model/1\"", "\"stickgen-model/2\"", "this version reads")]
    [InlineData("\\\"conv2d\\\"", "\\\"conv9d\\\"", "does not know")]
    [InlineData("\"I8\",\"shape\":[2,1,3,3]", "\"U8\",\"shape\":[2,1,3,3]", "Int8")]
    [InlineData("\"I8\",\"shape\":[2,1,3,3]", "\"F64\",\"shape\":[2,1,3,3]", "F64")]
    [InlineData("\"shape\":[2,1,3,3]", "\"shape\":[2,2,3,3]", "does not take 18 bytes")]
    [InlineData("\"shape\":[2,1,3,3]", "\"shape\":[2147483647,2147483647,2147483647,2147483647]", "does not take 18 bytes")]
    [InlineData("\"shape\":[2,1,3,3]", "\"shape\":[0,1,3,3]", "neither a size")]
    [InlineData("\"shape\":[2,1,3,3]", "\"shape\":[-2,-1,3,3]", "neither a size")]
    [InlineData("\\\"inputs\\\":[\\\"x\\\"]", "\\\"inputs\\\":[\\\"conv\\\"]", "not a value defined before")]
    [InlineData("\\\"name\\\":\\\"pool\\\"", "\\\"name\\\":\\\"\\\\ud800\\\"", "surrogate")]
    [InlineData("\\\"scale\\\":0.1", "\\\"scale\\\":-0.1", "not a positive")]
    [InlineData("\\\"scale\\\":0.1", "\\\"scale\\\":0", "not a positive")]
    [InlineData("\\\"scale\\\":0.1", "\\\"scale\\\":1e999", "finite")]
    [InlineData("\\\"zero_point\\\":3", "\\\"zero_point\\\":300", "whole number")]
    [InlineData("\\\"zero_point\\\":3,\\\"low\\\":0", "\\\"zero_point\\\":3,\\\"low\\\":4", "outside the integer range")]
    [InlineData("\\\"activation\\\":\\\"relu\\\"", "\\\"activation\\\":\\\"tanh\\\"", "does not know")]
    [InlineData("\\\"stride\\\":[1,1]", "\\\"stride\\\":[0,1]", "whole number")]
    [InlineData("\\\"kernel\\\":[3,3]", "\\\"kernel\\\":[3,4]", "does not have the kernel")]
    [InlineData("\\\"kernel\\\":[3,3]", "\\\"kernel\\\":[3,3,3]", "not a pair")]
    [InlineData("\\\"groups\\\":1", "\\\"groups\\\":2", "differ")]
    [InlineData("\\\"groups\\\":1", "\\\"groups\\\":1,\\\"extra\\\":1", "members that this version does not know")]
    [InlineData("\\\"groups\\\":1", "\\\"groups\\\":1,\\\"groups\\\":1", "groups")]
    [InlineData("\\\"name\\\":\\\"pool\\\"", "\\\"name\\\":\\\"conv\\\"", "two nodes")]
    [InlineData("\\\"outputs\\\":[\\\"fc\\\"]", "\\\"outputs\\\":[\\\"again\\\"]", "is quantized")]
    [InlineData("\\\"outputs\\\":[\\\"fc\\\"]", "\\\"outputs\\\":[]", "no output")]
    [InlineData("[\\\"batch\\\",1,4,4]", "[\\\"batch\\\",1,2147483647,2147483647]", "differ")]
    [InlineData("[\\\"batch\\\",1,4,4]", "[\\\"batch\\\",1,1,1,1,1,1,1,1,1,1,1,1,1,1,4,4]", "at most 16")]
    [InlineData("[\\\"batch\\\",1,4,4]", "[\\\"2·a·b\\\",1,4,4]", "cannot have the name")]
    [InlineData("\\\"source\\\":\\\"Tiny.cs(12)\\\"", "\\\"source\\\":12", "not a string")]
    [InlineData("\\\"axis\\\":0", "\\\"axis\\\":null", "whole number")]
    [InlineData("\\\"divisor_override\\\":4", "\\\"divisor_override\\\":0", "at least 1")]
    public void A_wrong_header_is_refused_with_the_reason(string from, string to, string reason)
    {
        var header = Encoding.UTF8.GetString(good, 8, HeaderLength);
        Assert.Contains(from, header, StringComparison.Ordinal);
        Assert.Contains(reason, Refused(FileFuzz.WithHeader(header.Replace(from, to, StringComparison.Ordinal), good[(8 + HeaderLength)..])), StringComparison.Ordinal);
    }

    /// <summary>What would cost the square of a file's size is refused before it is done.</summary>
    [Fact]
    public void Files_made_to_harm_are_refused_at_once()
    {
        Assert.Contains("20000 nodes", Refused(WithGraph(graph =>
        {
            for (var i = 0; i < 20_000; i++)
                ((JsonArray)graph["nodes"]!).Add(JsonNode.Parse($$"""{"name":"{{i}}","operation":{"kind":"dequantize"},"inputs":["q"]}"""));
            ((JsonArray)graph["nodes"]!).RemoveRange(0, 6);
        })), StringComparison.Ordinal);
        Assert.Contains("1000 dynamic dimensions", Refused(WithGraph(graph =>
        {
            for (var i = 1; i < 1000; i++)
                ((JsonArray)graph["inputs"]!).Add(JsonNode.Parse($$"""{"name":"i{{i}}","type":"float32","shape":["d{{i}}","d{{i - 1}}"]}"""));
            graph["inputs"]![0]!["shape"]![0] = "d0";
        }, "\"batch\"", "\"d0\"")), StringComparison.Ordinal);
        Assert.Contains("600 characters", Refused(WithGraph(graph => graph["model"] = new string('m', 600))), StringComparison.Ordinal);
        var message = Refused(WithGraph(graph => graph["outputs"]![0] = new string('o', 1 << 20)));
        Assert.InRange(message.Length, 1000, 2000);
    }

    [Fact]
    public void Overlapping_tensors_are_refused()
    {
        var header = JsonNode.Parse(good.AsSpan(8, HeaderLength))!;
        header["fc.weight"]!["data_offsets"] = header["conv.bias"]!["data_offsets"]!.DeepClone();
        header["fc.weight"]!["shape"] = new JsonArray(1, 8);
        Assert.Contains("begins at", Refused(FileFuzz.WithHeader(header.ToJsonString(), good[(8 + HeaderLength)..])), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_outside_of_their_range_are_refused()
    {
        var header = JsonNode.Parse(good.AsSpan(8, HeaderLength))!;
        var bytes = (byte[])good.Clone();
        bytes[8 + HeaderLength + (int)header["conv.weight"]!["data_offsets"]![0]!] = 0x80;
        Assert.Contains("the value -128, outside of its range", Refused(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void Scales_that_are_not_numbers_are_refused()
    {
        var header = JsonNode.Parse(good.AsSpan(8, HeaderLength))!;
        var bytes = (byte[])good.Clone();
        var offset = 8 + HeaderLength + (int)header["conv.weight.scales"]!["data_offsets"]![0]!;
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(offset), float.NaN);
        Assert.Contains("not a positive normal", Refused(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void An_accumulator_that_could_overflow_is_refused()
    {
        var header = JsonNode.Parse(good.AsSpan(8, HeaderLength))!;
        var bytes = (byte[])good.Clone();
        var offset = 8 + HeaderLength + (int)header["conv.bias"]!["data_offsets"]![0]!;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(offset), int.MinValue);
        Assert.Contains("overflows an int32", Refused(bytes), StringComparison.Ordinal);
    }

    /// <summary>A product of matrices for each of very many samples.</summary>
    [Fact]
    public void A_large_fixed_batch_takes_no_memory_until_it_is_run()
    {
        var graph = new ModelGraph("Batch");
        var quantization = ValueQuantization.PerTensor(0.1f, 3, 0, 255);
        var value = graph.Add("q", new Quantize(), [graph.AddInput("x", new Shape(4_000_000, 8, 2, 2))], quantization);
        value = graph.Add("product", new MatMul(), [value, value], quantization);
        graph.AddOutput(graph.Add("result", new Dequantize(), [value]));
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var model = QuantizedModel.FromGraph(graph);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Flipped_bits_never_crash() => FileFuzz.FlipBits(good, path, rounds: 1500);

    [Fact]
    public void Mutated_headers_never_crash() => Assert.InRange(FileFuzz.MutateHeaders(good, path, rounds: 3000), 1000, 3000);

    private byte[] WithGraph(Action<JsonNode> change, string from = "\0", string to = "")
    {
        var header = JsonNode.Parse(good.AsSpan(8, HeaderLength))!;
        var graph = JsonNode.Parse(((string)header["__metadata__"]!["graph"]!).Replace(from, to, StringComparison.Ordinal))!;
        change(graph);
        header["__metadata__"]!["graph"] = graph.ToJsonString();
        return FileFuzz.WithHeader(header.ToJsonString(), good[(8 + HeaderLength)..]);
    }

    private string Refused(byte[] bytes) => Assert.Throws<InvalidModelException>(() => Load(bytes)).Message;

    private QuantizedModel Load(byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        return QuantizedModel.Load(path);
    }
}
