using static Arguments;

/// <summary>The arguments of this program.</summary>
internal sealed record CommandLine
{
    public static string Usage { get; } =
        $"""
        TinyLlm train MODEL [options]        trains a float model from the beginning and keeps it among the checkpoints
        TinyLlm evaluate MODEL [options]     the perplexity of a kept model on held-out text

          MODEL              {string.Join(" | ", LanguageModel.All.Select(model => model.Name))} (default {LanguageModel.All[0].Name})

          --seed S           what all random draws derive from (default 1)
          --threads N        threads of the computation (default: all processors)
          --resume           continues a training that was stopped
          --checkpoint-every N
                             steps between two states of a training (default 100)
          --text FILE        the text (default: the one that ships with the samples)
          --output DIR       where trainings keep their state (default artifacts/tinyllm)
          --checkpoints DIR  the trained float models and their tokenizer (default samples/TinyLlm/checkpoints)
        """;

    /// <summary>What is not an option.</summary>
    public string[] Words { get; init; } = [];

    public int Seed { get; init; } = 1;

    public int Threads { get; init; } = Environment.ProcessorCount;

    public bool Resume { get; init; }

    public int StepsBetweenCheckpoints { get; init; } = 100;

    public string Text { get; init; } = SourceFolders.Text;

    public string Output { get; init; } = Path.Combine("artifacts", "tinyllm");

    public string Checkpoints { get; init; } = SourceFolders.Checkpoints;

    /// <summary>The tokenizer that all models share.</summary>
    public string Tokenizer => Path.Combine(Checkpoints, "tokenizer.json");

    /// <exception cref="ArgumentException">An argument is unknown or wrong; the message says which.</exception>
    public static CommandLine Parse(string[] args)
    {
        var command = new CommandLine();
        for (var i = 0; i < args.Length; i++)
        {
            command = args[i] switch
            {
                "--seed" => command with { Seed = Number(args, ref i, minimum: 0) },
                "--threads" => command with { Threads = Number(args, ref i, minimum: 1) },
                "--resume" => command with { Resume = true },
                "--checkpoint-every" => command with { StepsBetweenCheckpoints = Number(args, ref i, minimum: 1) },
                "--text" => command with { Text = Value(args, ref i) },
                "--output" => command with { Output = Value(args, ref i) },
                "--checkpoints" => command with { Checkpoints = Value(args, ref i) },
                ['-', ..] => throw new ArgumentException($"there is no option '{args[i]}'.\n\n{Usage}"),
                _ => command with { Words = [.. command.Words, args[i]] },
            };
        }

        return command;
    }
}
