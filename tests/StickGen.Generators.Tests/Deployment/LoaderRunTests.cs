using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Operations;

namespace StickGen.Generators.Tests.Deployment;

/// <summary>From a saved model to its results, through a loader that was emitted from the saved signature.</summary>
public sealed class LoaderRunTests : IDisposable
{
    private const string App = """
        using System;
        using StickGen;

        [DeployedModel("double.model.json")]
        public sealed partial class Doubler;

        public static class Program
        {
            public static float[] Run(string path, float[] values)
            {
                using var doubler = Doubler.Load(path);
                var results = new float[values.Length];
                doubler.Run(values, results);
                return results;
            }
        }
        """;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stickgen-");

    [Fact]
    public void An_emitted_loader_runs_the_model_it_was_compiled_with()
    {
        var path = Save("double.safetensors", features: 3);

        Assert.Equal([2, 4, 6, 8, 10, 12], Compile(path)(path, [1, 2, 3, 4, 5, 6]));
    }

    [Fact]
    public void An_emitted_loader_refuses_another_model_and_says_what_differs()
    {
        var run = Compile(Save("double.safetensors", features: 3));
        var other = Save("other.safetensors", features: 4);

        var error = Assert.Throws<InvalidModelException>(() => run(other, [1, 2, 3]));
        Assert.Contains("the input x: Float32[batch, 4] is expected to be x: Float32[batch, 3]", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>A model that adds its input to itself, with the signature beside it.</summary>
    private string Save(string name, int features)
    {
        var graph = new ModelGraph("Doubler");
        var integers = ValueQuantization.PerTensor(1, 0, 0, 255);
        var x = graph.Add("x.quantized", new Quantize(), [graph.AddInput("x", new Shape("batch", features))], integers);
        graph.AddOutput(graph.Add("doubled", new Dequantize(), [graph.Add("add", new Add(), [x, x], integers)]));
        using var model = QuantizedModel.FromGraph(graph);
        var path = Path.Combine(folder.FullName, name);
        model.Save(path);
        return path;
    }

    private static Func<string, float[], float[]> Compile(string modelPath)
    {
        var signature = new MemoryText("double.model.json", File.ReadAllText(QuantizedModel.SignaturePath(modelPath)));
        LoaderDriver.Create(signature).RunGeneratorsAndUpdateCompilation(LoaderDriver.App(App), out var compilation, out _);
        using var assembly = new MemoryStream();
        var result = compilation.Emit(assembly);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        assembly.Position = 0;
        return new AssemblyLoadContext("App", isCollectible: true).LoadFromStream(assembly).GetType("Program")!.GetMethod("Run")!.CreateDelegate<Func<string, float[], float[]>>();
    }
}
