using StickGen.Deployment;
using static TorchSharp.torch;

namespace StickGen.Compression;

/// <summary>What emitted <c>Quantized</c> classes load themselves with.</summary>
public static class DeployedVariant
{
    /// <summary>Loads a model and checks that it is one of a class.</summary>
    /// <param name="path">The file that <c>Save</c> wrote.</param>
    /// <param name="model">The name of the class.</param>
    /// <exception cref="InvalidModelException">The file is damaged, or of another class.</exception>
    public static QuantizedModel Load(string path, string model)
    {
        var loaded = QuantizedModel.Load(path);
        if (loaded.Graph.Name == model)
            return loaded;
        var name = loaded.Graph.Name;
        loaded.Dispose();
        throw new InvalidModelException($"'{path}' is a model of the class {name}, not {model}.");
    }

    /// <summary>The model as a TorchSharp module. It borrows the model, which has to outlive it.</summary>
    public static nn.Module<Tensor, Tensor> AsModule(QuantizedModel model) => new QuantizedModule(model);
}
