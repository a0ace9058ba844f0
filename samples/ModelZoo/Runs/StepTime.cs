using System.Diagnostics;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>
/// How much longer a training step takes in one network than in another: forward, loss, backward and optimizer. The two take turns
/// step by step, so that whatever else the machine does meets both, and the shortest of many steps is what counts.
/// </summary>
internal static class StepTime
{
    private const int BatchSize = 64, WarmupSteps = 5, Steps = 40;

    /// <summary>Both networks learn on while they are measured.</summary>
    public static double Ratio(
        (nn.Module<Tensor, Tensor> Model, LossFunction Loss) measured, (nn.Module<Tensor, Tensor> Model, LossFunction Loss) reference, IDataset images, Recipe recipe)
    {
        var batch = images.GetBatch([.. Enumerable.Range(0, BatchSize).Select(i => (long)i)]);
        using var first = new Learner(measured.Model, measured.Loss, batch, recipe);
        using var second = new Learner(reference.Model, reference.Loss, batch, recipe);
        var (shortest, shortestReference) = (double.PositiveInfinity, double.PositiveInfinity);
        for (var i = 0; i < WarmupSteps + Steps; i++)
        {
            var (time, referenceTime) = (first.Step(), second.Step());
            if (i >= WarmupSteps)
                (shortest, shortestReference) = (Math.Min(shortest, time), Math.Min(shortestReference, referenceTime));
        }

        return shortest / shortestReference;
    }

    private sealed class Learner : IDisposable
    {
        private readonly nn.Module<Tensor, Tensor> model;
        private readonly LossFunction loss;
        private readonly Batch batch;
        private readonly optim.Optimizer optimizer;

        public Learner(nn.Module<Tensor, Tensor> model, LossFunction loss, Batch batch, Recipe recipe)
        {
            (this.model, this.loss, this.batch) = (model, loss, batch);
            optimizer = Training.Optimizer([.. model.named_parameters().Where(p => p.parameter.requires_grad)], recipe with { LearningRate = 1e-6 });
            model.train();
        }

        /// <summary>The time of one step in milliseconds.</summary>
        public double Step()
        {
            var start = Stopwatch.GetTimestamp();
            using (NewDisposeScope())
            {
                optimizer.zero_grad();
                loss(model.call(batch.Input), batch).backward();
                optimizer.step();
            }

            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        public void Dispose() => optimizer.Dispose();
    }
}
