/// <summary>The text as tokens, divided beforehand.</summary>
/// <param name="Tokenizer">Learned from the training text.</param>
/// <param name="Training">What models learn from.</param>
/// <param name="Calibration">What post-training algorithms see, and training is validated on.</param>
/// <param name="HeldOut">What is measured on.</param>
/// <param name="HeldOutCharacters">Its length as text.</param>
internal sealed record TextData(BytePairTokenizer Tokenizer, int[] Training, int[] Calibration, int[] HeldOut, int HeldOutCharacters)
{
    /// <summary>Reads the text, and the vocabulary that models were trained with.</summary>
    /// <param name="text">The file of the text.</param>
    /// <param name="tokenizer">The file of the tokenizer; it is learned and written if it is not there.</param>
    public static TextData Read(string text, string tokenizer)
    {
        var split = TextSplit.Of(ChapterText.Read(text));
        if (!File.Exists(tokenizer))
            TokenizerFile.Save(BytePairTraining.Learn(split.Training, LlamaModel.Sample.VocabularySize), tokenizer);
        var learned = TokenizerFile.Load(tokenizer);
        return new(learned, learned.Encode(split.Training), learned.Encode(split.Calibration), learned.Encode(split.HeldOut), split.HeldOut.Length);
    }
}
