using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using StickGen.Pipelines;

/// <summary>One run that makes a network smaller.</summary>
/// <param name="Network">The network.</param>
/// <param name="Data">What it is trained and measured on.</param>
/// <param name="Method">How it becomes smaller.</param>
/// <param name="Ratio">How much.</param>
/// <param name="Training">How it is trained on.</param>
/// <param name="Bits">Of weights and activations; <see langword="null"/> to stay in float.</param>
internal sealed record PruningRun(Network Network, DataSource Data, PruningMethod Method, double Ratio, TrainingSettings Training, Bits? Bits)
{
    public CompressionPlan Plan => Method.Plan(Ratio, Training, Bits);

    /// <summary>The run that continues from the float network's checkpoint.</summary>
    public Run FloatRun => Run.Of(Network.Name, Data.Name, Algorithm.Float, seed: (int)Training.Seed);

    /// <summary>A run by its names.</summary>
    /// <exception cref="ArgumentException">A name is unknown, or does not go with the rest; the message says which.</exception>
    public static PruningRun Of(string network, string data, PruningMethod method, CommandLine command)
    {
        // It knows the names of networks and data sets, and what to say about others.
        var known = Run.Of(network, data, Algorithm.Float);
        var training = method.FineTuning with
        {
            Epochs = command.Epochs ?? method.FineTuning.Epochs, LearningRate = command.LearningRate ?? method.FineTuning.LearningRate, Seed = command.Seed,
        };
        return new(known.Network, known.Data, method, command.Ratio ?? method.DefaultRatio, training, command.Bits);
    }

    /// <summary>Names the folder of the run; plans that differ have different ones.</summary>
    public override string ToString()
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Plan.ToJson())))[..8];
        return string.Create(CultureInfo.InvariantCulture, $"{Network.Name}-{Data.Name}-{Method.Name}-{Ratio}{(Bits is { } b ? $"-w{b.Weights}a{b.Activations}" : "")}-seed{Training.Seed}-{hash}");
    }

    /// <summary>The command that repeats the run.</summary>
    public string Command() => string.Create(
        CultureInfo.InvariantCulture,
        $"dotnet run -c Release --project samples/ModelZoo -- {Network.Name} {Data.Name} {Method.Name} --ratio {Ratio}{(Bits is { } b ? $" --bits {b}" : "")} --epochs {Training.Epochs} --learning-rate {Training.LearningRate} --seed {Training.Seed}");
}
