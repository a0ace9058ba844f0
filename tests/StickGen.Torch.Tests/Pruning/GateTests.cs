using StickGen.Compression;
using StickGen.Pruning;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Pruning;

/// <summary>Hard concrete gates and knockoff gates against their formulas.</summary>
public sealed class GateTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public GateTests() => random.manual_seed(37);

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Gates_and_their_penalty_outside_of_training()
    {
        float[] logAlpha = [-6, -2.4f, -1, 0, 1, 2.4f, 6];
        using var gate = GateOf(logAlpha);
        gate.eval();
        var values = gate.Values().ToArray();
        var penalty = 0.0;
        for (var i = 0; i < logAlpha.Length; i++)
        {
            var sigma = 1 / (1 + Math.Exp(-logAlpha[i]));
            Assert.Equal(Math.Clamp((1.2 * sigma) - 0.1, 0, 1), values[i], 1e-6);
            penalty += 1 / (1 + Math.Exp(-(logAlpha[i] - (0.33 * Math.Log(0.1 / 1.1)))));
        }

        Assert.Equal(penalty, gate.Penalty().item<float>(), 1e-5);
        Assert.Equal([2, 3, 4, 5, 6], gate.Open());
        var x = Data.Normal(1, 2, 7, 3);
        Data.AssertClose(x * gate.Values().view(1, 7, 1), gate.forward(x), 0);
    }

    [Fact]
    public void The_penalty_is_how_often_a_gate_is_open_in_training()
    {
        float[] logAlpha = [-3, -1, 0, 0.5f, 2];
        using var gate = GateOf(logAlpha);
        gate.train();
        const int draws = 4000;
        var x = ones(1, 5);
        var open = zeros(5);
        using (no_grad())
        {
            for (var i = 0; i < draws; i++)
                open += gate.forward(x).gt(0).squeeze(0).to_type(ScalarType.Float32);
        }

        var expected = logAlpha.Select(a => 1 / (1 + Math.Exp(-(a - (0.33 * Math.Log(0.1 / 1.1)))))).ToArray();
        var actual = open.ToArray();
        for (var i = 0; i < 5; i++)
            Assert.Equal(expected[i], actual[i] / draws, 4 * Math.Sqrt(0.25 / draws));
    }

    [Fact]
    public void Gates_are_learned()
    {
        // Half of the inputs say nothing about the target.
        using var gate = GateOf([1, 1, 1, 1]);
        gate.train();
        using var optimizer = optim.Adam(gate.parameters(), 0.1);
        var weights = tensor([2f, 0, 0, -2]);
        for (var i = 0; i < 300; i++)
        {
            using var step = NewDisposeScope();
            var x = randn(64, 4);
            var loss = (gate.forward(x).mul(weights).sum(1) - x.mul(weights).sum(1)).square().mean() + (0.05 * gate.Penalty());
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
        }

        Assert.Equal([0, 3], gate.Open());
    }

    [Fact]
    public void One_gate_stays_open()
    {
        using var gate = GateOf([-9, -5, -7]);
        Assert.Equal([1], gate.Open());
    }

    [Theory]
    [InlineData(0, -0.1, 1.1, "Temperature is 0")]
    [InlineData(0.3, 0, 1.1, "Low is 0")]
    [InlineData(0.3, -0.1, 1, "High is 1")]
    public void Options_are_checked(double temperature, double low, double high, string message)
    {
        var error = Assert.Throws<CompressionException>(
            () => new HardConcreteGate(3, options: new() { Temperature = temperature, Low = low, High = high }));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        using var gate = new HardConcreteGate(3);
        Assert.Contains("3 gates along dimension 1 do not fit", Assert.Throws<CompressionException>(() => gate.forward(ones(2, 4))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Real_features_are_mixed_with_their_knockoffs()
    {
        using var gate = new KnockoffGate(3);
        using (no_grad())
            gate.Kappa.copy_(tensor([0f, 0.25f, 1]));
        var batch = KnockoffGate.WithKnockoffs(Data.Normal(1, 4, 3, 2, 2), tensor([2L, 0, 3, 1]));
        var (x, y) = (batch.ToArray(), gate.forward(batch).ToArray());
        float[] kappa = [0, 0.25f, 1];
        for (var i = 0; i < x.Length; i++)
        {
            var k = kappa[i / 4 % 3];
            Assert.Equal(i < x.Length / 2 ? (k * x[i]) + ((1 - k) * x[i + (x.Length / 2)]) : x[i], y[i], 1e-6);
        }

        Assert.Equal(x[24..36], x[..48][24..36]);
        Assert.Equal(batch[2].ToArray(), batch[4].ToArray());
        gate.IsMixing = false;
        Data.AssertSame(batch, gate.forward(batch));
        gate.IsMixing = true;
        Assert.Contains("A batch of 3", Assert.Throws<CompressionException>(() => gate.forward(ones(3, 3))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scores_of_channels_weigh_kappa_with_gamma()
    {
        var scores = KnockoffGate.Scores(tensor([1f, -2, 3, 0.5f]), tensor([0.5f, 0.75f, 0.25f, 1])).ToArray();
        Assert.Equal([0, 1, -1.5f, 0.5f], scores);
        Assert.Throws<CompressionException>(() => KnockoffGate.Scores(ones(3), ones(4)));
    }

    private static HardConcreteGate GateOf(float[] logAlpha)
    {
        var gate = new HardConcreteGate(logAlpha.Length);
        using var noGrad = no_grad();
        gate.LogAlpha.copy_(tensor(logAlpha));
        return gate;
    }
}
