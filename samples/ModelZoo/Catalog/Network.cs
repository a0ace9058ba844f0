using StickGen.Compression;
using StickGen.Graphs;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>A network of the zoo, by the name that the command line has for it.</summary>
internal abstract record Network(string Name)
{
    public static IReadOnlyList<Network> All { get; } =
    [
        new Network<LeNet5, LeNet5.FakeQuantized, LeNet5.Quantized>("lenet5", _ => new()) { OnlyFor = new(1, 28) },
        new Network<ResNet20, ResNet20.FakeQuantized, ResNet20.Quantized>("resnet20", images => new(images.Channels, width: 8)),
        new Network<ResNet20, ResNet20.FakeQuantized, ResNet20.Quantized>("resnet20-full", images => new(images.Channels, width: 16)),
        new Network<MobileNetV2Small, MobileNetV2Small.FakeQuantized, MobileNetV2Small.Quantized>("mobilenetv2-small", images => new(images.Channels)),
        new Network<VggSmall, VggSmall.FakeQuantized, VggSmall.Quantized>("vgg-small", images => new(images.Channels, images.Side)),
        new Network<TinyTransformer, TinyTransformer.FakeQuantized, TinyTransformer.Quantized>("vit-tiny", images => new(images.Channels, images.Side)),
    ];

    /// <summary>The only images that the network can be made for; <see langword="null"/> if it can be for any.</summary>
    public ImageSize? OnlyFor { get; init; }

    /// <summary>A new float network.</summary>
    public abstract nn.Module<Tensor, Tensor> Create(ImageSize images);

    /// <summary>The fake-quantized variant of a network that was created here.</summary>
    public abstract FakeQuantizedNetwork Compress(nn.Module<Tensor, Tensor> model, ImageSize images, CompressionAlgorithm algorithm);
}

/// <summary>A fake-quantized network whose type is not known.</summary>
/// <param name="Module">It as a module.</param>
/// <param name="Variant">It as a variant: the same object.</param>
internal sealed record FakeQuantizedNetwork(nn.Module<Tensor, Tensor> Module, IFakeQuantized Variant) : IDisposable
{
    public void Dispose() => Module.Dispose();
}

/// <summary>The size of square images.</summary>
internal sealed record ImageSize(int Channels, int Side)
{
    public override string ToString() => $"{Channels} × {Side} × {Side}";
}

/// <summary>A network by its classes.</summary>
internal sealed record Network<TModel, TFakeQuantized, TQuantized>(string Name, Func<ImageSize, TModel> New) : Network(Name)
    where TModel : nn.Module<Tensor, Tensor>, ICompressible<TFakeQuantized, TQuantized>
    where TFakeQuantized : nn.Module<Tensor, Tensor>, IFakeQuantized<TQuantized>
{
    public override nn.Module<Tensor, Tensor> Create(ImageSize images) => OnlyFor is null || OnlyFor == images
        ? New(images)
        : throw new ArgumentException($"{Name} is for images of {OnlyFor}; these have {images}.");

    public override FakeQuantizedNetwork Compress(nn.Module<Tensor, Tensor> model, ImageSize images, CompressionAlgorithm algorithm)
    {
        var variant = algorithm.Apply((TModel)model, new Shape("batch", images.Channels, images.Side, images.Side));
        return new(variant, variant);
    }
}
