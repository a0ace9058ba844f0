using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Runtime.Tests.Models;

namespace StickGen.Runtime.Tests.Files;

public sealed class SaveAndLoadTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("stickgen").FullName;
    private readonly string path;

    public SaveAndLoadTests() => path = Path.Combine(folder, "model.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_loaded_model_computes_what_the_saved_one_did()
    {
        using var model = QuantizedModel.FromGraph(LeNet5.Create());
        model.Save(path);
        using var loaded = QuantizedModel.Load(path, model.Signature);
        var images = LeNet5.Images(3);
        var expected = new float[30];
        var actual = new float[30];
        model.Run(images, expected);
        loaded.Run(images, actual);
        Assert.Equal(expected, actual);
        using var fromMemory = QuantizedModel.Load(File.ReadAllBytes(path));
        fromMemory.Run(images, actual);
        Assert.Equal(expected, actual);
        Assert.Equal(model.Graph.ToString(), loaded.Graph.ToString());
        Assert.Equal(["model.model.json", "model.safetensors"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Random_models_keep_every_number()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = RandomModel.Create(seed);
            using var model = QuantizedModel.FromGraph(random.Graph);
            model.Save(path);
            using var loaded = QuantizedModel.Load(path);
            foreach (var (name, value) in random.Graph.Values)
            {
                Assert.Equal(value.Quantization, loaded.Graph.Values[name].Quantization);
                Assert.True(value.Data.Span.SequenceEqual(loaded.Graph.Values[name].Data.Span));
            }

            Assert.Equal(random.Graph.Nodes.Select(n => (n.Name, n.Operation)), loaded.Graph.Nodes.Select(n => (n.Name, n.Operation)));
            var input = random.Input(seed);
            var expected = model.Trace(input);
            foreach (var (name, values) in loaded.Trace(input))
                Assert.Equal(expected[name], values);
        }
    }

    [Fact]
    public void A_loaded_model_can_be_saved_over_its_own_file()
    {
        using (var model = QuantizedModel.FromGraph(TinyModel.Create()))
            model.Save(path);
        var before = File.ReadAllBytes(path);
        using (var loaded = QuantizedModel.Load(path))
            loaded.Save(path);
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void A_failed_save_leaves_the_old_files_and_no_others()
    {
        using var model = QuantizedModel.FromGraph(TinyModel.Create());
        model.Save(path);
        var before = File.ReadAllBytes(path);
        var graph = TinyModel.Create("Other");
        // The header of a model with so long names is more than is read, and is not written.
        for (var i = 0; i < 9000; i++)
            graph.Add($"{i}".PadLeft(512), new StickGen.Operations.Dropout(0), [i == 0 ? graph.Values["x"] : graph.Nodes[^1].Output]);
        using var other = QuantizedModel.FromGraph(graph);
        Assert.Throws<InvalidOperationException>(() => other.Save(path));
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal(2, Directory.GetFiles(folder).Length);
        using var loaded = QuantizedModel.Load(path, model.Signature);
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_an_io_error()
    {
        using var model = QuantizedModel.FromGraph(TinyModel.Create());
        Assert.Throws<DirectoryNotFoundException>(() => model.Save(Path.Combine(folder, "none", "model.safetensors")));
    }

    [Fact]
    public void The_data_of_a_disposed_model_cannot_be_read()
    {
        using (var model = QuantizedModel.FromGraph(TinyModel.Create()))
            model.Save(path);
        var loaded = QuantizedModel.Load(path);
        var weight = loaded.Graph.Values["conv.weight"].Data;
        Assert.Equal(18, weight.Span.Length);
        loaded.Dispose();
        Assert.Throws<ObjectDisposedException>(() => weight.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => weight.Pin());
        Assert.Throws<ObjectDisposedException>(() => loaded.Save(path));
        File.Delete(path);
    }

    [Fact]
    public unsafe void Pinned_data_outlives_the_model()
    {
        using (var model = QuantizedModel.FromGraph(TinyModel.Create()))
            model.Save(path);
        var loaded = QuantizedModel.Load(path);
        var weight = loaded.Graph.Values["conv.weight"].Data;
        var expected = weight.ToArray();
        using var pinned = weight.Pin();
        loaded.Dispose();
        Assert.Equal(expected, new ReadOnlySpan<byte>(pinned.Pointer, expected.Length).ToArray());
    }

    /// <summary>Each run is whole, or says that the model was disposed, also where its batch size is a new one.</summary>
    [Fact]
    public void Disposing_while_others_run_is_safe()
    {
        using (var model = QuantizedModel.FromGraph(TinyModel.Create()))
            model.Save(path);
        DisposeWhile((loaded, i) =>
        {
            var batch = 1 + (i % 40);
            loaded.Run(new float[batch * 16], new float[batch * 3]);
        });
    }

    /// <summary>Steps that read constants where the file has them, in each run: a run that has begun is not cut off.</summary>
    [Fact]
    public void A_table_is_readable_until_the_last_run_has_ended()
    {
        const int Width = 200_000;
        var graph = new ModelGraph("Table");
        var range = ValueQuantization.PerTensor(0.1f, 0, 0, 255);
        var input = graph.Add("q", new Quantize(), [graph.AddInput("x", new Shape("batch", Width))], range);
        var table = graph.AddConstant("table", ElementType.UInt8, new Shape(256), Enumerable.Range(0, 256).Select(i => (byte)(255 - i)).ToArray());
        graph.AddOutput(graph.Add("y", new Dequantize(), [graph.Add("lookup", new Lookup(), [input, table], range)]));
        using (var model = QuantizedModel.FromGraph(graph))
            model.Save(path);
        DisposeWhile((loaded, _) =>
        {
            var output = new float[Width];
            loaded.Run(new float[Width], output);
            Assert.Equal(25.5f, output[^1], 1e-5f);
        });
    }

    /// <summary>Two threads run a model again and again until it is disposed, which is all that may end them.</summary>
    private void DisposeWhile(Action<QuantizedModel, int> run)
    {
        for (var round = 0; round < 20; round++)
        {
            var loaded = QuantizedModel.Load(path);
            using var started = new Barrier(3);
            var runs = Enumerable.Range(0, 2).Select(first => Task.Run(() =>
            {
                started.SignalAndWait();
                for (var i = 0; ; i++)
                    run(loaded, first + i);
            })).ToArray();
            started.SignalAndWait();
            Thread.Sleep(round % 5);
            loaded.Dispose();
            foreach (var task in runs)
                Assert.Equal(nameof(QuantizedModel), Assert.Throws<ObjectDisposedException>(() => task.GetAwaiter().GetResult()).ObjectName.Split('.')[^1]);
        }
    }

    [Fact]
    public void Tensors_are_aligned_and_widest_first()
    {
        using var model = QuantizedModel.FromGraph(TinyModel.Create());
        model.Save(path);
        var bytes = File.ReadAllBytes(path);
        var header = (int)BitConverter.ToInt64(bytes);
        Assert.Equal(0, (8 + header) % 64);
        Assert.StartsWith("{\"__metadata__\":{\"format\":\"stickgen-model/1\",\"graph\":\"{", System.Text.Encoding.UTF8.GetString(bytes, 8, header), StringComparison.Ordinal);
    }
}
