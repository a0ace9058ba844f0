using System.Globalization;

/// <summary>What one run does: a row of the table, or what the command line asks for.</summary>
/// <param name="Network">The network.</param>
/// <param name="Data">What it learns.</param>
/// <param name="Algorithm">How it is compressed; <see langword="null"/> to train it in float.</param>
/// <param name="Bits">Of its weights and activations.</param>
/// <param name="Recipe">How it is trained.</param>
/// <param name="Seed">What all random draws derive from.</param>
internal sealed record Run(Network Network, DataSource Data, Algorithm? Algorithm, Bits Bits, Recipe Recipe, int Seed)
{
    public string AlgorithmName => Algorithm?.Name ?? global::Algorithm.Float;

    /// <summary>A run by its names.</summary>
    /// <exception cref="ArgumentException">A name is unknown, or does not go with the rest; the message says which.</exception>
    public static Run Of(string network, string data, string algorithm, Bits? bits = null, int seed = 1, int? epochs = null, double? learningRate = null)
    {
        var known = algorithm == global::Algorithm.Float ? null
            : Find("algorithm", algorithm, global::Algorithm.All, entry => entry.Name, $"{(global::Algorithm.Float)}, ");
        if (known is null && bits is not null)
            throw new ArgumentException($"--bits is {bits}; {algorithm} is float.");
        var recipe = known?.FineTuning ?? Recipe.Baseline(network);
        return new(
            Find("model", network, Network.All, entry => entry.Name),
            Find("data set", data, DataSource.All, entry => entry.Name),
            known,
            bits ?? known?.DefaultBits ?? new(Bits.Float, Bits.Float),
            recipe with { Epochs = epochs ?? recipe.Epochs, LearningRate = learningRate ?? recipe.LearningRate },
            seed);
    }

    /// <summary>Names files of this run, such as <c>resnet20-fashion-mnist-lsq-w4a4-seed1</c>.</summary>
    public override string ToString() =>
        $"{Network.Name}-{Data.Name}-{AlgorithmName}" + (Algorithm is null ? "" : $"-w{Bits.Weights}a{Bits.Activations}") + $"-seed{Seed}";

    /// <summary>The command that repeats the run.</summary>
    public string Command()
    {
        var bits = Algorithm is null ? "" : $" --bits {Bits}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"dotnet run -c Release --project samples/ModelZoo -- {Network.Name} {Data.Name} {AlgorithmName}{bits} --epochs {Recipe.Epochs} --learning-rate {Recipe.LearningRate} --seed {Seed}");
    }

    private static T Find<T>(string what, string name, IReadOnlyList<T> all, Func<T, string> nameOf, string others = "") =>
        all.FirstOrDefault(entry => nameOf(entry) == name)
        ?? throw new ArgumentException($"there is no {what} '{name}'; there are: {others}{string.Join(", ", all.Select(nameOf))}.");
}
