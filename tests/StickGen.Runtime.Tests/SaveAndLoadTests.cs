using StickGen.Deployment;
using StickGen.Runtime.Tests.Models;

namespace StickGen.Runtime.Tests;

public sealed class SaveAndLoadTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("stickgen").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_loaded_model_computes_what_the_saved_one_did()
    {
        var path = Path.Combine(folder, "lenet5.safetensors");
        using var model = QuantizedModel.FromGraph(LeNet5.Create());
        model.Save(path);
        using var loaded = QuantizedModel.Load(path, model.Signature);
        var images = LeNet5.Images(3);
        var expected = new float[30];
        var actual = new float[30];
        model.Run(images, expected);
        loaded.Run(images, actual);
        Assert.Equal(expected, actual);
        Assert.Equal(model.Signature.ToJson(), File.ReadAllText(QuantizedModel.SignaturePath(path)));
        Assert.Equal(model.Graph.ToString(), loaded.Graph.ToString());
    }
}
