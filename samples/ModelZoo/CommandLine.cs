using System.Globalization;
using static Arguments;

/// <summary>The arguments of this program.</summary>
internal sealed record CommandLine
{
    public static string Usage { get; } =
        $"""
        ModelZoo MODEL DATASET ALGORITHM [options]    one run
        ModelZoo table [options]                      all runs of docs/results.md that are not done yet, and the page
        ModelZoo page [options]                       the page alone, from the runs that are done
        ModelZoo memory [MODEL DATASET ALGORITHM]     whether memory stays flat over 2,000 training steps
        ModelZoo step-time                            how much longer a training step with SimQAT takes than one in float
        ModelZoo kill-test [MODEL DATASET ALGORITHM]  whether a run that is killed again and again ends bit-identical

          MODEL      {string.Join(" | ", Network.All.Select(network => network.Name))}
          DATASET    {string.Join(" | ", DataSource.All.Select(data => data.Name))}
          ALGORITHM  {Algorithm.Float} | {string.Join(" | ", Algorithm.All.Select(algorithm => algorithm.Name))}
                     {string.Join(" | ", PruningMethod.All.Select(method => method.Name))}
                     {string.Join(" | ", CalibrationMethod.All.Select(method => method.Name))}

        {Algorithm.Float} trains a float network from the beginning and keeps it among the checkpoints; the others continue from there, those on the last line without training.

          --bits W/A         bits of weights and activations, such as 4/4
          --ratio R          how much smaller:
        {string.Join("\n", PruningMethod.All.Select(method => $"                             {method.Name}: {method.Meaning} (default {method.DefaultRatio.ToString(CultureInfo.InvariantCulture)})"))}
                             with --bits the smaller network is quantized too (simqat), and deployed
          --epochs N         epochs of training (default: what docs/results.md has)
          --learning-rate R  the largest learning rate of the run (default: likewise)
          --seed S           what all random draws derive from (default 1)
          --data DIR         the folder of the data set; with table, one that has a folder for each, by its name
          --validate         measures on 5,000 training images that never train, instead of the test images
          --report FILE      writes the figures as JSON
          --threads N        threads of the computation (default: all processors)
          --resume           continues a run that was stopped
          --checkpoint-every N
                             steps between two states of a run (default 200)
          --output DIR       where runs keep their state and models (default artifacts/modelzoo)
          --checkpoints DIR  the trained float networks (default samples/ModelZoo/checkpoints)
          --results DIR      with table and page: the reports of the rows (default samples/ModelZoo/results)
          --kills N          with kill-test: how often (default 50)
          --steps N          with step-time: of how many steps of each network the shortest counts (default 60)
        """;

    /// <summary>What is not an option.</summary>
    public string[] Words { get; init; } = [];

    public Bits? Bits { get; init; }

    public int? Epochs { get; init; }

    public double? LearningRate { get; init; }

    public double? Ratio { get; init; }

    public int Seed { get; init; } = 1;

    public string? Data { get; init; }

    public bool IsValidation { get; init; }

    public string? Report { get; init; }

    public int Threads { get; init; } = Environment.ProcessorCount;

    public bool Resume { get; init; }

    public int StepsBetweenCheckpoints { get; init; } = 200;

    public int Kills { get; init; } = 50;

    public int Steps { get; init; } = 60;

    public string Output { get; init; } = Path.Combine("artifacts", "modelzoo");

    public string Checkpoints { get; init; } = SourceFolders.Checkpoints;

    public string Results { get; init; } = SourceFolders.Results;

    /// <exception cref="ArgumentException">An argument is unknown or wrong; the message says which.</exception>
    public static CommandLine Parse(string[] args)
    {
        var command = new CommandLine();
        for (var i = 0; i < args.Length; i++)
        {
            command = args[i] switch
            {
                "--bits" => command with { Bits = global::Bits.Parse(Value(args, ref i)) },
                "--epochs" => command with { Epochs = Number(args, ref i, minimum: 1) },
                "--learning-rate" => command with { LearningRate = Real(args, ref i, rate => rate > 0, "a number greater than 0") },
                "--ratio" => command with { Ratio = Real(args, ref i, share => share is > 0 and < 1, "a number between 0 and 1, both exclusive") },
                "--seed" => command with { Seed = Number(args, ref i, minimum: 0) },
                "--data" => command with { Data = Value(args, ref i) },
                "--validate" => command with { IsValidation = true },
                "--report" => command with { Report = Value(args, ref i) },
                "--threads" => command with { Threads = Number(args, ref i, minimum: 1) },
                "--resume" => command with { Resume = true },
                "--checkpoint-every" => command with { StepsBetweenCheckpoints = Number(args, ref i, minimum: 1) },
                "--kills" => command with { Kills = Number(args, ref i, minimum: 1) },
                "--steps" => command with { Steps = Number(args, ref i, minimum: 1) },
                "--output" => command with { Output = Value(args, ref i) },
                "--checkpoints" => command with { Checkpoints = Value(args, ref i) },
                "--results" => command with { Results = Value(args, ref i) },
                ['-', ..] => throw new ArgumentException($"there is no option '{args[i]}'.\n\n{Usage}"),
                _ => command with { Words = [.. command.Words, args[i]] },
            };
        }

        return command;
    }
}
