using StickGen.Deployment;
using static TorchSharp.torch;

/// <summary>Goes on with a text.</summary>
internal static class Generation
{
    public static void Run(LanguageModel kind, string beginning, CommandLine command, CancellationToken stop)
    {
        set_num_threads(command.Threads);
        using var kept = new KeptModel(kind, command);
        var tokenizer = kept.Text.Tokenizer;
        var sampler = new TokenSampler(command.Temperature, command.TopK, seed: command.Seed);
        using var generator = new TokenGenerator((ITokenDecoder)kept.Model, sampler);
        Console.Write(beginning);
        using var output = Console.OpenStandardOutput();
        foreach (var token in generator.Generate(tokenizer.Encode(beginning), command.Tokens))
        {
            stop.ThrowIfCancellationRequested();
            // As bytes: a token may end within a character.
            output.Write(tokenizer.BytesOf(token));
            output.Flush();
        }

        Console.WriteLine();
    }
}
