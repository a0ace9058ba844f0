using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using StickGen.Torch.Tests.Training;

namespace StickGen.Torch.Tests.TinyLlm;

public sealed class BytePairTests
{
    private const string Text = "In the beginning was the word, and the word was with the beginner; 12 words and 212 others.\nAnd the words were the others' words.\n\n";

    private static readonly BytePairTokenizer tokenizer = BytePairTraining.Learn(Text, 300);

    [Property(MaxTest = 300)]
    public Property Every_text_comes_back(NonNull<string> text)
    {
        // Halves of surrogate pairs are no text.
        var whole = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get));
        return (tokenizer.Decode(tokenizer.Encode(whole)) == whole).ToProperty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("  two  spaces, \n a line end\r\n\r\n\t")]
    [InlineData("Grüße, 世界 🌍🌍 é")]
    public void Difficult_texts_come_back(string text) => Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));

    [Fact]
    public void Pieces_are_words_with_the_space_before_them()
    {
        const string Sentence = "And  he said, 12x!\n I";
        Assert.Equal(["And", " ", " he", " said", ",", " 12", "x", "!", "\n", " I"], WordPieces.Of(Sentence).Select(piece => Sentence[piece]));
    }

    /// <summary>Merges are learned as an implementation finds them that counts anew in all words, each written as a list of strings.</summary>
    [Fact]
    public void Merges_are_those_of_the_slow_reference()
    {
        var words = WordPieces.Of(Text).Select(piece => Text[piece].Select(c => c.ToString()).ToList()).ToList();
        var merges = new List<(string, string)>();
        var order = Enumerable.Range(0, 256).Select(value => ((char)value).ToString()).ToList();
        while (order.Count < 300)
        {
            var pairs = words.SelectMany(word => word.Zip(word.Skip(1))).GroupBy(pair => pair).Where(group => group.Count() > 1).ToList();
            if (pairs.Count == 0)
                break;
            var (left, right) = pairs.OrderByDescending(group => group.Count()).ThenBy(group => order.IndexOf(group.Key.First)).ThenBy(group => order.IndexOf(group.Key.Second)).First().Key;
            merges.Add((left, right));
            order.Add(left + right);
            foreach (var word in words)
                Apply(word, left, right);
        }

        Assert.Equal(merges, tokenizer.Merges.Select(merge => (Content(merge.Left), Content(merge.Right))));
    }

    /// <summary>The pair of lowest rank first gives what applying every merge to the whole word in turn does.</summary>
    [Property(MaxTest = 200)]
    public Property Words_are_merged_as_in_training(ushort[] choices)
    {
        const string Letters = " theworndbgi'";
        var text = string.Concat(choices.Select(choice => Letters[choice % Letters.Length]));
        var expected = new List<string>();
        foreach (var piece in WordPieces.Of(text))
        {
            var word = text[piece].Select(c => c.ToString()).ToList();
            foreach (var (left, right) in tokenizer.Merges)
                Apply(word, Content(left), Content(right));
            expected.AddRange(word);
        }

        return expected.SequenceEqual(tokenizer.Encode(text).Select(Content)).ToProperty();
    }

    [Fact]
    public void A_text_without_pairs_has_no_merges()
    {
        Assert.Equal(256, BytePairTraining.Learn("a b c", 1000).VocabularySize);
        Assert.Throws<ArgumentOutOfRangeException>(() => BytePairTraining.Learn("a", 255));
    }

    [Fact]
    public void Merges_are_kept_in_a_file()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("byte-pairs.json");
        TokenizerFile.Save(tokenizer, path);
        Assert.Equal(tokenizer.Merges, TokenizerFile.Load(path).Merges);
    }

    [Theory]
    [InlineData("", "not a usable tokenizer")]
    [InlineData("[]", "not a usable tokenizer")]
    [InlineData("null", "no tokenizer of the type 'byte-pair'")]
    [InlineData("""{"type":"words","merges":[]}""", "no tokenizer of the type 'byte-pair'")]
    [InlineData("""{"type":"byte-pair"}""", "no tokenizer of the type 'byte-pair'")]
    [InlineData("""{"type":"byte-pair","merges":[[1,2,3]]}""", "merge 0 is not of two tokens")]
    [InlineData("""{"type":"byte-pair","merges":[null]}""", "merge 0 is not of two tokens")]
    [InlineData("""{"type":"byte-pair","merges":[[1,2],[257,1]]}""", "merge 1 is of the tokens 257 and 1; there are 257 tokens before it")]
    [InlineData("""{"type":"byte-pair","merges":[[1,-2]]}""", "merge 0 is of the tokens 1 and -2")]
    [InlineData("""{"type":"byte-pair","merges":[[1,2],[1,2]]}""", "merge 1 of the tokens 1 and 2 occurs twice")]
    public void Files_that_are_no_tokenizers_are_refused(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("byte-pairs.json");
        File.WriteAllText(path, content);
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => TokenizerFile.Load(path)).Message);
    }

    [Fact]
    public void Tokens_that_do_not_exist_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([tokenizer.VocabularySize]));

    private static string Content(int token) => string.Concat(tokenizer.BytesOf(token).Select(value => (char)value));

    private static void Apply(List<string> word, string left, string right)
    {
        for (var i = 0; i + 1 < word.Count; i++)
        {
            if (word[i] != left || word[i + 1] != right)
                continue;
            word[i] += right;
            word.RemoveAt(i + 1);
        }
    }
}
