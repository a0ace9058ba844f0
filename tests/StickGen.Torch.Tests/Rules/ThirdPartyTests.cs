using StickGen.Compression;
using StickGen.Torch.Tests.ThirdParty;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Rules;

/// <summary>An algorithm, a rule and a unit of somebody else, who sees only what is public.</summary>
public sealed class ThirdPartyTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void A_unit_of_a_third_party_is_exact_too()
    {
        random.manual_seed(4);
        using var model = new DoublingNet();
        var algorithm = new PowerOfTwoQuantization();
        using var variant = algorithm.Apply(model);
        Assert.Equal("LinearTwice", Assert.Single(variant.State.Units, u => u is LinearTwiceUnit).Rule);
        variant.train();
        variant.forward(Data.Normal(1, 20, 7)).sum().backward();
        Assert.NotNull(variant.named_parameters().First(p => p.name == "fc.weight").parameter.grad);
        variant.eval();

        var x = Data.Normal(2, 30, 7);
        using var deployed = algorithm.Convert(variant);
        variant.State.Mode = QuantizationMode.IntegerExact;
        using var capture = variant.State.CaptureActivations();
        Data.AssertSame(variant.forward(x), deployed.AsModule().forward(x));
        var trace = deployed.Model.Trace(x.ToArray());
        Assert.Equal(2, capture.Values.Count);
        Assert.All(capture.Values, v => Assert.Equal(v.Value, trace[v.Key]));
        Assert.All(variant.State.Quantizers.Values, q => Assert.All(q.Parameters.Scales, s => Assert.Equal(MathF.Log2(s), MathF.Round(MathF.Log2(s)))));
    }
}
