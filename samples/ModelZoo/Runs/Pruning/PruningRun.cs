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

    /// <summary>The plan that trains the float network as long as this one trains the smaller one.</summary>
    public CompressionPlan FloatPlan => new()
    {
        Steps = [new FineTuneStep { Training = Training with { Epochs = Plan.Steps.OfType<LearningStep>().Sum(step => step.Training?.Epochs ?? 0) } }],
    };

    /// <summary>Names the report of the run, such as <c>resnet20-fashion-mnist-scop-0.45-seed1</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Network.Name}-{Data.Name}-{Method.Name}-{Ratio}{(Bits is { } b ? $"-w{b.Weights}a{b.Activations}" : "")}-seed{Training.Seed}");

    /// <summary>Where <see cref="Plan"/> keeps its state; plans that differ have different folders.</summary>
    public string Folder(string output) => Path.Combine(output, $"{this}-{Hash(Plan)}");

    /// <summary>Where <see cref="FloatPlan"/> keeps its state, which runs that have the same one share.</summary>
    public string FloatFolder(string output) => Path.Combine(output, $"{FloatRun}-more-{Hash(FloatPlan)}");

    /// <summary>The command that repeats the run.</summary>
    public string Command() => string.Create(
        CultureInfo.InvariantCulture,
        $"dotnet run -c Release --project samples/ModelZoo -- {Network.Name} {Data.Name} {Method.Name} --ratio {Ratio}{(Bits is { } b ? $" --bits {b}" : "")} --epochs {Training.Epochs} --learning-rate {Training.LearningRate} --seed {Training.Seed}");

    private static string Hash(CompressionPlan plan) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(plan.ToJson())))[..8];
}
