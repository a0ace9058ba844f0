using StickGen.Deployment;

namespace StickGen.Runtime.Tests.Files;

public sealed class SignatureTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("stickgen").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_text_is_what_the_generator_reads()
    {
        var signature = ModelSignature.Of(TinyModel.Create());
        Assert.Equal(
            $$"""
            {
              "format": "stickgen-model/1",
              "model": "Tiny",
              "inputs": [
                {"name":"x","type":"float32","shape":["batch",1,4,4]}
              ],
              "outputs": [
                {"name":"fc","type":"float32","shape":["batch",3]}
              ],
              "layers": [
                {"name":"q","operation":"quantize"},
                {"name":"conv","operation":"conv2d"},
                {"name":"pool","operation":"avg_pool2d"},
                {"name":"again","operation":"add"},
                {"name":"flat","operation":"reshape"},
                {"name":"fc","operation":"linear"}
              ],
              "tensors": [
                {"name":"conv.weight","type":"int8","shape":[2,1,3,3]},
                {"name":"conv.weight.scales","type":"float32","shape":[2]},
                {"name":"conv.bias","type":"int32","shape":[2]},
                {"name":"fc.weight","type":"int8","shape":[3,8]}
              ],
              "id": "{{signature.Id}}"
            }

            """,
            signature.ToJson());
        Assert.Matches("^[0-9a-f]{64}$", signature.Id);
    }

    [Fact]
    public void The_id_does_not_depend_on_numbers() =>
        Assert.Equal(ModelSignature.Of(TinyModel.Create()).Id, ModelSignature.Of(TinyModel.Create(scale: 0.5f)).Id);

    [Fact]
    public void Text_is_read_back()
    {
        var signature = ModelSignature.Of(TinyModel.Create());
        var parsed = ModelSignature.Parse(signature.ToJson());
        Assert.Equal(signature.Id, parsed.Id);
        Assert.Empty(parsed.DifferencesFrom(signature));
        Assert.Equal(signature.ToJson(), parsed.ToJson());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"format\":\"stickgen-model/1\"}")]
    [InlineData("{\"format\":\"stickgen-model/9\"}")]
    public void Text_that_is_no_signature_is_refused(string text) =>
        Assert.Throws<InvalidModelException>(() => ModelSignature.Parse(text));

    [Fact]
    public void Text_changed_by_hand_is_refused()
    {
        var text = ModelSignature.Of(TinyModel.Create()).ToJson().Replace("\"shape\":[3,8]", "\"shape\":[3,9]", StringComparison.Ordinal);
        Assert.Contains("changed by hand", Assert.Throws<InvalidModelException>(() => ModelSignature.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_another_signature_is_refused_with_what_differs()
    {
        var path = Path.Combine(folder, "tiny.safetensors");
        using (var model = QuantizedModel.FromGraph(TinyModel.Create()))
            model.Save(path);
        var e = Assert.Throws<InvalidModelException>(() => QuantizedModel.Load(path, ModelSignature.Of(TinyModel.Create("Large", "convolution"))));
        Assert.StartsWith(
            $"'{path}' does not have the expected signature: the model is 'Tiny', not 'Large'; "
            + "the layer convolution: conv2d is missing; the layer conv: conv2d is not expected; "
            + "the tensor convolution.weight: Int8[2, 1, 3, 3] is missing;",
            e.Message,
            StringComparison.Ordinal);
    }
}
