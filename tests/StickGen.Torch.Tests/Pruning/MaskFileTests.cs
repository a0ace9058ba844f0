using System.Text.Json;
using System.Text.Json.Nodes;
using StickGen.Compression;
using StickGen.Pruning;
using StickGen.Torch.Tests.Models;
using StickGen.Torch.Tests.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Pruning;

/// <summary>Masks as files: read as written, and refused with a reason where they do not fit.</summary>
public sealed class MaskFileTests : IDisposable
{
    private const string Characters = "{}[],:\"0129-.eE \0\ud800";

    private readonly DisposeScope scope = NewDisposeScope();
    private readonly StageNet model = new();
    private readonly ChannelGroups groups;
    private readonly ChannelSelection selection;

    public MaskFileTests()
    {
        groups = ChannelGroups.Of(model);
        selection = ChannelSelection.All(groups).Keep(groups["stem"], [7, 1, 2]).Keep(groups["second.conv1"], [0]);
    }

    public void Dispose()
    {
        model.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void A_mask_is_read_as_it_was_written()
    {
        Assert.Contains("\"kept\": [1, 2, 7]", selection.ToJson(), StringComparison.Ordinal);
        using var folder = new TemporaryFolder();
        var path = folder.File("mask.json");
        selection.Save(path);
        var read = MaskFile.Load(groups, path);
        foreach (var group in groups.All)
            Assert.Equal(selection.Kept(group), read.Kept(group));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Theory]
    [InlineData("\"version\": 1", "\"version\": 2", "its version is 2; this library reads 1")]
    [InlineData("StageNet", "OtherNet", "it is for the model \"OtherNet\", not for \"StageNet\"")]
    [InlineData("\"width\": 8", "\"width\": 16", "'stem' has 16 channels there and 8 in the model")]
    [InlineData("[1, 2, 7]", "[1, 2, 8]", "'stem' has the channels 0 to 7; 8 is none of them")]
    [InlineData("[1, 2, 7]", "[1, 1]", "The channel 1 of 'stem' is named twice")]
    [InlineData("[1, 2, 7]", "[]", "Nothing would be left of 'stem'")]
    [InlineData("[1, 2, 7]", "[1.5]", "a channel of 'stem' is 1.5, no whole number")]
    [InlineData("[1, 2, 7]", "7", "'kept' of 'stem' is no list")]
    [InlineData("\"stem\"", "\"stern\"", "StageNet has no group 'stern'")]
    [InlineData("\"stem\"", "\"fc\"", "the group 'fc' cannot lose channels: 'fc' is a result of the model")]
    [InlineData("\"kept\"", "\"keep\"", "'stem' has no 'kept'")]
    [InlineData("{", "", "The mask is not JSON")]
    public void What_does_not_fit_is_named(string old, string changed, string message)
    {
        var json = selection.ToJson();
        var at = json.IndexOf(old, StringComparison.Ordinal);
        var error = Assert.Throws<CompressionException>(() => MaskFile.FromJson(groups, json[..at] + changed + json[(at + old.Length)..]));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_that_is_missing_is_named()
    {
        var json = JsonNode.Parse(selection.ToJson())!;
        json["groups"]!.AsObject().Remove("first.conv1");
        var error = Assert.Throws<CompressionException>(() => MaskFile.FromJson(groups, json.ToJsonString()));
        Assert.Contains("it says nothing about 'first.conv1'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_other_text_is_read_or_refused()
    {
        var random = new Random(7);
        var original = selection.ToJson();
        var (read, refused) = (0, 0);
        for (var i = 0; i < 3000; i++)
        {
            var text = original.ToCharArray().ToList();
            for (var j = random.Next(1, 4); j > 0; j--)
            {
                var at = random.Next(text.Count);
                switch (random.Next(4))
                {
                    case 0:
                        text.RemoveRange(at, Math.Min(random.Next(1, 20), text.Count - at));
                        break;
                    case 1:
                        text.Insert(at, Characters[random.Next(Characters.Length)]);
                        break;
                    case 2:
                        text[at] = (char)random.Next(32, 127);
                        break;
                    default:
                        text.InsertRange(at, text.GetRange(at, Math.Min(random.Next(1, 40), text.Count - at)));
                        break;
                }

                if (text.Count == 0)
                    text.Add(' ');
            }

            try
            {
                var mask = MaskFile.FromJson(groups, new string([.. text]));
                foreach (var group in groups.All)
                    Assert.InRange(mask.WidthOf(group), group.IsFrozen ? group.Width : 1, group.Width);
                Surgery.Shrink(mask);
                read++;
            }
            catch (CompressionException)
            {
                refused++;
            }
        }

        Assert.True(read > 10 && refused > 1000, $"{read} read, {refused} refused");
    }
}
