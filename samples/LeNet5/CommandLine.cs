using static Arguments;

/// <summary>The arguments of this program.</summary>
internal sealed record CommandLine
{
    public const string Usage =
        """
        LeNet5 [options]

          --report FILE    writes the figures as JSON
          --data DIR       another MNIST: the four idx files, gzipped or not (default: samples/data/mnist)
          --epochs N       epochs of float training (default 6)
          --qat-epochs N   epochs of quantization-aware training (default 1)
          --seed S         what all random draws derive from (default 1)
          --output DIR     where models and checkpoints go (default artifacts/lenet5)
          --resume         continues a run that was stopped
        """;

    public string? Report { get; private init; }

    public string Data { get; private init; } = BuildPaths.Data;

    public int Epochs { get; private init; } = 6;

    public int QuantizedEpochs { get; private init; } = 1;

    public int Seed { get; private init; } = 1;

    public string Output { get; private init; } = Path.Combine("artifacts", "lenet5");

    public bool Resume { get; private init; }

    /// <exception cref="ArgumentException">An argument is unknown or wrong; the message says which.</exception>
    public static CommandLine Parse(string[] args)
    {
        var command = new CommandLine();
        for (var i = 0; i < args.Length; i++)
        {
            command = args[i] switch
            {
                "--report" => command with { Report = Value(args, ref i) },
                "--data" => command with { Data = Value(args, ref i) },
                "--epochs" => command with { Epochs = Number(args, ref i, minimum: 1) },
                "--qat-epochs" => command with { QuantizedEpochs = Number(args, ref i, minimum: 1) },
                "--seed" => command with { Seed = Number(args, ref i, minimum: 0) },
                "--output" => command with { Output = Value(args, ref i) },
                "--resume" => command with { Resume = true },
                _ => throw new ArgumentException($"there is no option '{args[i]}'.\n\n{Usage}"),
            };
        }

        return command;
    }
}
