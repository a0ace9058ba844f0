using System.Text;
using Microsoft.CodeAnalysis.Text;
using StickGen.Capture.Deployment;
using StickGen.Capture.Deployment.Json;
using StickGen.Deployment;

namespace StickGen.Generators.Tests.Deployment;

public sealed class SignatureReaderTests
{
    [Fact]
    public void A_signature_is_read()
    {
        var signature = SignatureReader.Read(Signatures.LeNet5);

        Assert.Equal("LeNet5", signature.Model);
        var input = Assert.Single(signature.Inputs);
        Assert.Equal(("x", "float32", "[batch, 1, 28, 28]"), (input.Name, input.Type, input.ShapeText));
        Assert.Equal(784, input.ItemLength);
        Assert.Equal(["conv1_relu: conv2d", "pool: max_pool2d", "fc3: linear"], signature.Layers.Select(layer => $"{layer.Name}: {layer.Operation}"));
        Assert.Equal(["[6, 1, 5, 5]", "[6]", "[10, 84]"], signature.Tensors.Select(tensor => tensor.ShapeText));
    }

    [Fact]
    public void Equal_texts_give_equal_signatures() =>
        Assert.Equal(SignatureReader.Read(Signatures.LeNet5), SignatureReader.Read(Signatures.LeNet5));

    [Fact]
    public void A_size_that_is_only_known_when_the_model_runs_leaves_the_length_open() =>
        Assert.Null(SignatureReader.Read(Signatures.TwoInputs).Inputs[0].ItemLength);

    [Theory]
    [InlineData("", 1, 1, "expected a value, but the file ends")]
    [InlineData("{", 1, 2, "expected a member name in quotes, but the file ends")]
    [InlineData("[1, ]", 1, 5, "expected a value, but there is ']'")]
    [InlineData("{\"a\": 1,\n \"a\": 2}", 2, 2, "the member 'a' appears twice")]
    [InlineData("[01]", 1, 3, "expected ',' or ']', but there is '1'")]
    [InlineData("[1.]", 1, 4, "expected a digit, but there is ']'")]
    [InlineData("\"\\x\"", 1, 2, "not an escape sequence of JSON")]
    [InlineData("\"\\u12g4\"", 1, 2, "not an escape sequence of JSON")]
    [InlineData("\"a\nb\"", 1, 3, "a control character in a string")]
    [InlineData("\"abc", 1, 1, "the string that begins here has no end")]
    [InlineData("truth", 1, 1, "expected a value, but there is 't'")]
    [InlineData("{} // end", 1, 4, "expected the end of the file, but there is '/'")]
    [InlineData("\u00a0{}", 1, 1, "expected a value, but there is the character U+00A0")]
    [InlineData("[]", 1, 1, "the signature has to be an object, but is an array")]
    [InlineData("{}", 1, 1, "the member 'format' is missing")]
    public void Text_that_is_not_a_signature_is_told_with_its_place(string text, int line, int column, string reason)
    {
        var file = SignatureFile.Read("lenet5.model.json", SourceText.From(text));

        Assert.Null(file.Signature);
        Assert.Equal((line, column, reason), (file.Error!.Line, file.Error.Column, file.Error.Reason));
    }

    [Theory]
    [InlineData("\"stickgen-model/1\"", "1", "1", "'format' has to be a string, but is a number")]
    [InlineData("stickgen-model/1", "onnx", "\"onnx\"", "'format' has to be 'stickgen-model/1', but is 'onnx'")]
    [InlineData("\"model\"", "\"note\": [null, true, -1.5e3],\n\"model\"", "[null", "the member 'note' is not known")]
    [InlineData("\"operation\":\"conv2d\"", "\"operation\":\"conv2d\",\"bits\":8", "8}", "the member 'bits' is not known")]
    [InlineData("\"LeNet5\"", "\"\"", "\"\"", "'model' is empty or has a character that cannot be printed")]
    [InlineData("\"LeNet5\"", "\"a\\nb\"", "\"a\\nb\"", "'model' is empty or has a character that cannot be printed")]
    [InlineData("[\"batch\",1,28,28]", "[0]", "0]", "a dimension has to be a positive integer or a name")]
    [InlineData("[\"batch\",1,28,28]", "[2147483648]", "2147483648", "a dimension has to be a positive integer or a name")]
    [InlineData("[\"batch\",1,28,28]", "[65536,65536]", "{\"name\":\"x\"", "the shape of 'x' has more than 2147483647 values")]
    [InlineData("\"float32\",\"shape\":[\"batch\",10]", "\"int32\",\"shape\":[]", "{\"name\":\"logits\"", "'logits' of 'outputs' has to be of type 'float32', but is of type 'int32'")]
    [InlineData("\"inputs\": [", "\"inputs\": [{\"name\":\"t\",\"type\":\"int32\",\"shape\":[4]},", "[{\"name\":\"t\"", "'t' of 'inputs' has tokens, which a model reads alone")]
    [InlineData("\"int8\"", "\"int4\"", "{\"name\":\"conv1_relu.weight\"", "the element type 'int4' of 'conv1_relu.weight' is not known")]
    public void A_signature_with_a_mistake_is_told_with_its_place(string replaced, string by, string place, string reason)
    {
        var text = Signatures.LeNet5.Replace(replaced, by, StringComparison.Ordinal);
        var file = SignatureFile.Read("lenet5.model.json", SourceText.From(text));

        Assert.Null(file.Signature);
        Assert.Equal(reason, file.Error!.Reason);
        Assert.StartsWith(place, text[file.Error.Position..], StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_was_changed_by_hand_is_recognised_by_its_id()
    {
        var file = SignatureFile.Read("lenet5.model.json", SourceText.From(Signatures.LeNet5.Replace("conv2d", "linear", StringComparison.Ordinal)));

        Assert.StartsWith("the id is not that of the content", file.Error!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_later_format_is_told_apart() => Assert.Equal(
        "stickgen-model/2",
        Assert.Throws<SignatureVersionException>(() => SignatureReader.Read(Signatures.LeNet5.Replace("model/1", "model/2", StringComparison.Ordinal))).Format);

    [Fact]
    public void Depth_is_bounded() =>
        Assert.StartsWith("nested deeper", Assert.Throws<JsonFormatException>(() => JsonReader.Read(new string('[', 100_000))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("lenet5.model.json", "/app/lenet5.model.json", true)]
    [InlineData("models/lenet5.model.json", @"C:\app\models\lenet5.model.json", true)]
    [InlineData(@"models\lenet5.model.json", "/app/models/lenet5.model.json", true)]
    [InlineData("./lenet5.model.json", "lenet5.model.json", true)]
    [InlineData("/app/lenet5.model.json", "/app/lenet5.model.json", true)]
    [InlineData("net5.model.json", "/app/lenet5.model.json", false)]
    [InlineData("LeNet5.model.json", "/app/lenet5.model.json", false)]
    [InlineData("", "/app/lenet5.model.json", false)]
    public void A_name_is_the_end_of_a_path_from_a_folder_on(string name, string path, bool matches) =>
        Assert.Equal(matches, SignatureName.Matches(name, path));

    [Fact]
    public void Whatever_a_file_holds_only_its_own_errors_are_thrown()
    {
        var random = new Random(20260);
        var failed = 0;
        for (var i = 0; i < 5000; i++)
        {
            var file = SignatureFile.Read("x.model.json", SourceText.From(Mutate(i % 2 == 0 ? Signatures.LeNet5 : Signatures.TwoInputs, random)));
            Assert.True(file.Signature is null ^ file.Error is null);
            foreach (var tensor in file.Signature?.Inputs ?? [])
                Assert.True(tensor.ItemLength is null or > 0);
            if (file.Signature is not null)
                Assert.NotEmpty(new LoaderMembers(file.Signature).Keys);
            failed += file.Error is null ? 0 : 1;
        }

        // The mutations have to reach both sides of the reader, or they prove nothing.
        Assert.InRange(failed, 1000, 4900);
    }

    [Fact]
    public void The_id_is_the_one_that_the_runtime_library_gives()
    {
        const string Alphabet = "abcXYZ019_.<>&'\"\\/+-*`{} \u00e9\u00ba\u6f22\u0416=%";
        var random = new Random(7);
        for (var i = 0; i < 500; i++)
        {
            var shape = Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(2) == 0 ? random.Next(1, 40) : (Graphs.Dimension)Name().Replace('\u00b7', '_')).ToArray(); // that one stands in multiples
            var value = new ValueSignature(Name(), Graphs.ElementType.Float32, new Graphs.Shape(shape));
            var signature = new StickGen.Deployment.ModelSignature(Name(), [value], [value], [new(Name(), Name())], [value]);

            Assert.Equal(signature.Id, SignatureId.Of(SignatureReader.Read(signature.ToJson())));
        }

        string Name() => "n" + new string([.. Enumerable.Range(0, random.Next(12)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
    }

    private static string Mutate(string text, Random random)
    {
        const string Alphabet = "{}[]\":,\\/ \n\t0123456789-+.eEtrufalsn\u0000\u00e9\u2028\ud800x";
        var result = new StringBuilder(text);
        for (var edits = random.Next(1, 4); edits > 0 && result.Length > 2; edits--)
        {
            var at = random.Next(result.Length);
            switch (random.Next(5))
            {
                case 0:
                    result[at] = Alphabet[random.Next(Alphabet.Length)];
                    break;
                case 1:
                    result.Insert(at, Alphabet[random.Next(Alphabet.Length)]);
                    break;
                case 2:
                    result.Remove(at, random.Next(1, Math.Min(12, result.Length - at + 1)));
                    break;
                case 3:
                    result.Insert(random.Next(result.Length), text.Substring(at % text.Length, Math.Min(20, text.Length - (at % text.Length))));
                    break;
                default:
                    if (random.Next(8) == 0)
                        result.Length = at;
                    break;
            }
        }

        return result.ToString();
    }
}
