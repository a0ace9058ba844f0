using StickGen.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Algorithms;

/// <summary>A task that a network of a few hundred weights learns in a second: which quadrant has the faint spot?</summary>
internal static class Spots
{
    public static void Train(
        Module<Tensor, Tensor> model, IEnumerable<Parameter> parameters, LossFunction loss, int steps, double rate, Action<int>? onStep = null)
    {
        var optimizer = optim.Adam(parameters, rate);
        for (var step = 0; step < steps; step++)
        {
            using var inner = NewDisposeScope();
            onStep?.Invoke(step);
            var batch = Batch(step, 32);
            optimizer.zero_grad();
            loss(model.forward(batch.Input), batch).backward();
            optimizer.step();
        }
    }

    public static float Loss(Module<Tensor, Tensor> model)
    {
        using var noGrad = no_grad();
        var test = Batch(9999, 512);
        return functional.cross_entropy(model.forward(test.Input), test.Target).item<float>();
    }

    /// <summary>Images for <see cref="Models.ResidualNet"/>.</summary>
    public static Batch Batch(int seed, int count)
    {
        var spots = zeros(4, 1, 9, 7);
        for (var i = 0; i < 4; i++)
            spots[i, .., (i / 2 * 5)..((i / 2 * 5) + 3), (i % 2 * 4)..((i % 2 * 4) + 3)] = 0.8;
        return new(Data.Normal(seed, count, 6, 9, 7) + spots.repeat(count / 4, 1, 1, 1), arange(count) % 4);
    }
}
