using StickGen.Compression;
using StickGen.Torch.Tests.Algorithms;
using StickGen.Torch.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Variants;

/// <summary>Parameters that are no tensors or may be null, and results that are not one tensor, through the emitted code.</summary>
public sealed class SignatureTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public SignatureTests() => random.manual_seed(23);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Values_and_optional_tensors_reach_inner_models()
    {
        using var model = new StepsNet();
        using var variant = new SimulatedQuantization().Apply(model);
        variant.State.Mode = QuantizationMode.Disabled;
        foreach (var seed in new[] { 1, 2 })
        {
            var x = Data.Normal(seed, [3, 8]);
            var (left, right) = model.forward(x, null, true);
            var (variantLeft, variantRight) = variant.forward(x, null, true);
            Data.AssertSame(left, variantLeft);
            Data.AssertSame(right, variantRight);
        }

        Assert.Equal(2, StepsNet.Graph.Of(model).Outputs.Count);
        variant.State.Mode = QuantizationMode.Simulated;
        variant.train();
        Assert.Equal([3, 3], variant.forward(Data.Normal(3, [3, 8]), null, true).Item1.shape);
    }

    [Fact]
    public void An_optional_tensor_is_an_input_where_its_shape_is_given()
    {
        using var model = new StepsNet();
        using var variant = new SimulatedQuantization().Apply(model, new Graphs.Shape("batch", 8), new Graphs.Shape("batch", 6));
        variant.State.Mode = QuantizationMode.Disabled;
        var (x, mask) = (Data.Normal(1, [3, 8]), Data.Normal(2, [3, 6]));
        Data.AssertSame(model.forward(x, mask, true).Item1, variant.forward(x, mask, true).Item1);
        Assert.Single(StepsNet.Graph.Of(model).Inputs);
        Assert.Equal(["x", "mask"], StepsNet.Graph.Of(model, new Graphs.Shape("batch", 8), new Graphs.Shape("batch", 6)).Inputs.Select(input => input.Name));
    }

    [Fact]
    public void Objects_and_modules_with_several_results()
    {
        using var model = new RecurrentOutputNet();

        // An LSTM cannot be rebuilt, and is shared with the original.
        foreach (var (_, parameter) in model.named_parameters().Where(p => p.name.StartsWith("lstm", StringComparison.Ordinal)))
            parameter.requires_grad_(false);
        using var variant = new SimulatedQuantization().Apply(model);
        variant.State.Mode = QuantizationMode.Disabled;
        var x = Data.Normal(1, [2, 5, 4]);
        var (expected, actual) = (model.forward(x), variant.forward(x));
        Data.AssertSame(expected.Hidden, actual.Hidden);
        Data.AssertSame(expected.Gate!, actual.Gate!);
        Assert.Equal(1, actual.Steps);
    }

    [Fact]
    public void Lists_as_results()
    {
        using var model = new PyramidNet();
        using var variant = new SimulatedQuantization().Apply(model);
        variant.State.Mode = QuantizationMode.Disabled;
        var x = Data.Normal(1, [2, 4]);
        var (expected, actual) = (model.forward(x), variant.forward(x));
        Assert.Equal(3, actual.Count);
        for (var i = 0; i < 3; i++)
            Data.AssertSame(expected[i], actual[i]);
        Assert.False(x.IsInvalid);
    }

    [Fact]
    public void A_value_that_decides_has_to_be_known()
    {
        using var model = new UnknownValueNet();
        var problem = Assert.Throws<CompressionException>(() => new SimulatedQuantization().Apply(model));
        Assert.Equal(
            "UnknownValueNet.forward depends on its parameter 'steps', which has no value while the model is compressed. Say which with [InputValue(\"steps\", …)].",
            problem.Message);
    }
}
