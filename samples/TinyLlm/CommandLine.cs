using static Arguments;

/// <summary>The arguments of this program.</summary>
internal sealed record CommandLine
{
    public static string Usage { get; } =
        $"""
        TinyLlm train MODEL [options]        trains a float model from the beginning and keeps it among the checkpoints
        TinyLlm evaluate MODEL [options]     the perplexity of a kept model on held-out text
        TinyLlm quantize METHOD [options]    quantizes a kept model, and measures what is lost and gained
        TinyLlm table [options]              all runs of docs/tinyllm-results.md that are not done yet, and the page
        TinyLlm page [options]               the page alone, from the runs that are done
        TinyLlm generate "TEXT" [options]    goes on with a text

          MODEL              {string.Join(" | ", LanguageModel.All.Select(model => model.Name))} (default {LanguageModel.All[0].Name})

          METHOD             {string.Join(" | ", Method.All.Select(method => method.Name))}

          --model MODEL      with quantize and generate: which model; a folder with a Llama in the Hugging Face format is one, too
          --bits W/A         with quantize: bits of weights (2, 3, 4, 8) and of what layers read (8, or 16 for float; default 8/16)
          --group-size N     with quantize: neighbouring inputs with one scale (default 0: all of an output)
          --asymmetric       with quantize: scales have zero points
          --static           with quantize: activations have one range from calibration, instead of one for each token
          --kv-cache FORMAT  with quantize: keys and values in float, int8 (a scale for each token and head) or
                             int8-per-channel (for keys a scale for each channel, from calibration; default float)
          --calibration N    with quantize: pieces of text of one context each to calibrate with (default 64)
          --report FILE      with quantize: writes the figures as JSON
          --deployed FILE    with quantize: where the deployed model is written; with generate: the deployed model that goes on with the text, without TorchSharp
          --tokens N         with generate: how many tokens to make (default 100)
          --temperature T    with generate: 0 takes the most likely token each time (default 0.8)
          --top-k K          with generate: draws from the K most likely tokens (default 40; 0 for all)
          --seed S           what all random draws derive from (default 1)
          --threads N        threads of the computation (default: all processors)
          --resume           continues a training that was stopped
          --checkpoint-every N
                             steps between two states of a training (default 100)
          --text FILE        the text (default: the one that ships with the samples)
          --output DIR       where trainings keep their state (default artifacts/tinyllm)
          --results DIR      with table and page: the reports of the rows (default samples/TinyLlm/results)
          --checkpoints DIR  the trained float models and their tokenizer (default samples/TinyLlm/checkpoints)
        """;

    /// <summary>What is not an option.</summary>
    public string[] Words { get; init; } = [];

    public string Model { get; init; } = LanguageModel.All[0].Name;

    public Precision Precision { get; init; } = new();

    public int CalibrationWindows { get; init; } = 64;

    /// <summary>What a user types to do the same again.</summary>
    public string Command { get; init; } = "";

    /// <summary>The reports of the rows of the table.</summary>
    public string Results { get; init; } = SourceFolders.Results;

    public string? Report { get; init; }

    /// <summary>The file of a deployed model.</summary>
    public string? Deployed { get; init; }

    public int Tokens { get; init; } = 100;

    public double Temperature { get; init; } = 0.8;

    public int TopK { get; init; } = 40;

    public int Seed { get; init; } = 1;

    public int Threads { get; init; } = Environment.ProcessorCount;

    public bool Resume { get; init; }

    public int StepsBetweenCheckpoints { get; init; } = 100;

    public string Text { get; init; } = SourceFolders.Text;

    public string Output { get; init; } = Path.Combine("artifacts", "tinyllm");

    public string Checkpoints { get; init; } = SourceFolders.Checkpoints;

    /// <summary>The tokenizer that all models share.</summary>
    public string Tokenizer => Path.Combine(Checkpoints, "byte-pairs.json");

    /// <exception cref="ArgumentException">An argument is unknown or wrong; the message says which.</exception>
    public static CommandLine Parse(string[] args)
    {
        var command = new CommandLine { Command = CommandOf(args) };
        for (var i = 0; i < args.Length; i++)
        {
            command = args[i] switch
            {
                "--model" => command with { Model = Value(args, ref i) },
                "--bits" => command with { Precision = Bits(command.Precision, Value(args, ref i)) },
                "--group-size" => command with { Precision = command.Precision with { GroupSize = Number(args, ref i, minimum: 0) } },
                "--asymmetric" => command with { Precision = command.Precision with { IsAsymmetric = true } },
                "--static" => command with { Precision = command.Precision with { IsStatic = true } },
                "--kv-cache" => command with { Precision = command.Precision with { KeyValueCache = Precision.ParseCache(Value(args, ref i)) } },
                "--calibration" => command with { CalibrationWindows = Number(args, ref i, minimum: 1) },
                "--deployed" => command with { Deployed = Value(args, ref i) },
                "--report" => command with { Report = Value(args, ref i) },
                "--tokens" => command with { Tokens = Number(args, ref i, minimum: 1) },
                "--temperature" => command with { Temperature = Real(args, ref i, number => number >= 0, "a number, at least 0") },
                "--top-k" => command with { TopK = Number(args, ref i, minimum: 0) },
                "--seed" => command with { Seed = Number(args, ref i, minimum: 0) },
                "--threads" => command with { Threads = Number(args, ref i, minimum: 1) },
                "--resume" => command with { Resume = true },
                "--checkpoint-every" => command with { StepsBetweenCheckpoints = Number(args, ref i, minimum: 1) },
                "--text" => command with { Text = Value(args, ref i) },
                "--results" => command with { Results = Value(args, ref i) },
                "--output" => command with { Output = Value(args, ref i) },
                "--checkpoints" => command with { Checkpoints = Value(args, ref i) },
                ['-', ..] => throw new ArgumentException($"there is no option '{args[i]}'.\n\n{Usage}"),
                _ => command with { Words = [.. command.Words, args[i]] },
            };
        }

        return command;
    }

    /// <summary>What a user types to do the same again, without what only says where files are.</summary>
    private static string CommandOf(string[] all)
    {
        string[] places = ["--report", "--deployed", "--output", "--checkpoints", "--text", "--threads"];
        var arguments = all.Where((argument, i) => !places.Contains(argument) && (i == 0 || !places.Contains(all[i - 1])));
        return $"dotnet run -c Release --project samples/TinyLlm -- {string.Join(" ", arguments)}";
    }

    private static Precision Bits(Precision precision, string text)
    {
        var bits = Precision.Parse(text);
        return precision with { WeightBits = bits.WeightBits, ActivationBits = bits.ActivationBits };
    }
}
