using StickGen.Deployment;

/// <summary>Goes on with a text by a deployed model: nothing of it is computed by TorchSharp.</summary>
internal static class DeployedGeneration
{
    public static void Run(string beginning, CommandLine command, CancellationToken stop)
    {
        var tokenizer = TokenizerFile.Load(command.Tokenizer);
        using var model = QuantizedModel.Load(command.Deployed!, Math.Min(command.Threads, 64));
        if (model.Vocabulary != tokenizer.VocabularySize)
            throw new InvalidDataException($"'{command.Tokenizer}' has {tokenizer.VocabularySize} tokens, and '{command.Deployed}' knows {model.Vocabulary}.");
        var decoder = model.CreateDecoder(LanguageModel.Find(command.Model).Context);
        var sampler = new TokenSampler(command.Temperature, command.TopK, seed: command.Seed);
        TokenOutput.Write(beginning, Generate(decoder, tokenizer.Encode(beginning), sampler, command.Tokens, stop), tokenizer, stop);
    }

    /// <summary>Makes tokens; a text longer than the context goes on from its last half, whose positions are counted anew.</summary>
    internal static IEnumerable<int> Generate(TokenDecoder decoder, IReadOnlyCollection<int> beginning, TokenSampler sampler, int count, CancellationToken stop)
    {
        List<int> text = [.. beginning];
        var end = text.Count + count;
        while (text.Count < end)
        {
            decoder.Truncate(0);
            var read = text.Count <= decoder.Capacity && text.Count == beginning.Count ? text.Count : Math.Min(text.Count, decoder.Capacity / 2);
            foreach (var token in decoder.Generate(text.TakeLast(read).ToArray(), sampler, end - text.Count, cancellation: stop))
            {
                text.Add(token);
                yield return token;
            }
        }
    }
}
