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
        TokenOutput.Write(beginning, generator.Generate(tokenizer.Encode(beginning), command.Tokens), tokenizer, stop);
    }
}
