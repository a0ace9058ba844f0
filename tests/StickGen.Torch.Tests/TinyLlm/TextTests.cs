using static TorchSharp.torch;

namespace StickGen.Torch.Tests.TinyLlm;

public sealed class TextTests
{
    [Fact]
    public void The_text_that_ships_is_whole()
    {
        var chapters = ChapterText.Read(SourceFolders.Text);
        Assert.Equal(1189, chapters.Count);
        Assert.Equal(31102, chapters.Sum(chapter => chapter.Count(c => c == '\n')));
        Assert.StartsWith("In the beginning God created the heaven and the earth.\n", chapters[0]);
        Assert.EndsWith("The grace of our Lord Jesus Christ be with you all. Amen.\n", chapters[^1]);
    }

    /// <summary>The division was fixed before anything was trained: these are the chapters that kept models have not seen.</summary>
    [Fact]
    public void Every_chapter_is_in_one_part()
    {
        var split = TextSplit.Of([.. Enumerable.Range(0, 1189).Select(i => $"{i}\n")]);
        var (training, calibration, heldOut) = (Numbers(split.Training), Numbers(split.Calibration), Numbers(split.HeldOut));
        Assert.Equal(Enumerable.Range(0, 60).Select(i => (20 * i) + 9).Where(i => i < 1189), heldOut);
        Assert.Equal(Enumerable.Range(0, 30).Select(i => (40 * i) + 19).Where(i => i < 1189), calibration);
        Assert.Equal(Enumerable.Range(0, 1189), training.Concat(calibration).Concat(heldOut).Order());

        static int[] Numbers(string part) => [.. part.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
    }

    [Theory]
    [InlineData("", "it has no verse")]
    [InlineData("Ge1:1 a\nGe1 b", "line 2 does not begin with a verse")]
    [InlineData(":1 a", "line 1 does not begin with a verse")]
    [InlineData("Ge1 a: b", "line 1 does not begin with a verse")]
    public void Other_texts_are_refused(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => ChapterText.Read(new StringReader(text))).Message);

    [Fact]
    public void A_text_of_few_chapters_cannot_be_divided() =>
        Assert.Contains("has 39 chapters", Assert.Throws<InvalidDataException>(() => TextSplit.Of(new string[39])).Message);

    [Fact]
    public void Windows_have_the_token_that_follows_each()
    {
        using var scope = NewDisposeScope();
        var windows = new TokenWindows([.. Enumerable.Range(100, 12)], context: 4);
        Assert.Equal(2, windows.Count);
        var batch = windows.GetBatch([1, 0]);
        Assert.Equal([104, 105, 106, 107, 100, 101, 102, 103], batch.Input.data<long>().ToArray());
        Assert.Equal([105, 106, 107, 108, 101, 102, 103, 104], batch.Target.data<long>().ToArray());
        Assert.Equal(3, new TokenWindows([.. Enumerable.Range(0, 13)], context: 4).Count);
        Assert.Contains("4 tokens is too short for a context of 4", Assert.Throws<ArgumentException>(() => new TokenWindows([1, 2, 3, 4], context: 4)).Message);
    }
}
