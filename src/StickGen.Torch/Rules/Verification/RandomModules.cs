using StickGen.Compression;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Rules;

/// <summary>Makes modules with random settings and weights. All have the same number of channels before and behind them, so that most fit together.</summary>
internal sealed class RandomModules(Random random, int channels)
{
    public Module Create(string kind)
    {
        var module = Make(kind);
        foreach (var (name, parameter) in module.named_parameters())
            Fill(parameter, deviation: name == "weight" && parameter.ndim > 1 ? 0.5 : 1, mean: 0);
        foreach (var (name, buffer) in module.named_buffers())
        {
            if (name == "running_mean")
                Fill(buffer, 1, 0);
            else if (name == "running_var")
                buffer.copy_(Normal(buffer.shape).abs() + 0.5);
        }

        module.eval();
        return module;
    }

    /// <summary>Normal numbers, small or large.</summary>
    public Tensor Input(long[] shape) => Normal(shape) * (random.Next(2) == 0 ? 1 : 8);

    public double Number() => random.Next(4) switch { 0 => 0.5, 1 => 2, 2 => 0.01, _ => random.NextDouble() };

    private Module Make(string kind)
    {
        var isMoved = random.Next(4) == 0;
        var (kernel, stride) = (random.Next(3) == 0 ? 1 : 3, isMoved ? 2 : 1);
        var padding = isMoved ? random.Next(2) : kernel / 2;
        var groups = random.Next(3) switch { 0 => channels, 1 => 2, _ => 1 };
        var hasBias = random.Next(2) == 0;
        return kind switch
        {
            "conv1d" => Conv1d(channels, channels, kernel, stride, padding, groups: groups, bias: hasBias),
            "conv2d" => Conv2d(channels, channels, kernel, stride, padding, groups: groups, bias: hasBias),
            "conv3d" => Conv3d(channels, channels, kernel, stride, padding, groups: groups, bias: hasBias),
            "conv_transpose1d" => ConvTranspose1d(channels, channels, kernel, stride, padding, groups: groups, bias: hasBias),
            "conv_transpose2d" => ConvTranspose2d(channels, channels, kernel, stride, padding, groups: groups, bias: hasBias),
            "conv_transpose3d" => ConvTranspose3d(channels, channels, kernel, stride, padding, groups: groups, bias: hasBias),
            "linear" => Linear(channels, channels, hasBias),
            "batch_norm1d" => BatchNorm1d(channels),
            "batch_norm2d" => BatchNorm2d(channels),
            "batch_norm3d" => BatchNorm3d(channels),
            "layer_norm" => LayerNorm(channels),
            "group_norm" => GroupNorm(2, channels),
            "prelu" => PReLU(channels),
            "relu" => ReLU(),
            "relu6" => ReLU6(),
            "sigmoid" => Sigmoid(),
            "tanh" => Tanh(),
            "silu" => SiLU(),
            "mish" => Mish(),
            "hardswish" => Hardswish(),
            "hardsigmoid" => Hardsigmoid(),
            "gelu" => GELU(),
            "leaky_relu" => LeakyReLU(Number()),
            "elu" => ELU(Number()),
            "max_pool2d" => MaxPool2d(2),
            "avg_pool2d" => AvgPool2d(2),
            "dropout" => Dropout(0.3),
            _ => throw new CompressionException($"Verify cannot make a module of the kind '{kind}'."),
        };
    }

    private void Fill(Tensor tensor, double deviation, double mean) => tensor.copy_(Normal(tensor.shape) * deviation + mean);

    private Tensor Normal(long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return tensor(values).reshape(shape);
    }
}
