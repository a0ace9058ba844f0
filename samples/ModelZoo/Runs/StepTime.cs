using System.Diagnostics;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>
/// How long a training step takes: forward, loss, backward and optimizer. Networks take turns step by step, so that whatever else the machine
/// does meets all of them, and the shortest of many steps is what counts.
/// </summary>
/// <param name="Shortest">In milliseconds.</param>
/// <param name="Median">In milliseconds.</param>
internal readonly record struct StepTime(double Shortest, double Median)
{
    public const int BatchSize = 64;

    private const int WarmupSteps = 5;

    /// <summary>The times of some networks, which learn on while they are measured.</summary>
    public static IReadOnlyList<StepTime> Measure(
        IReadOnlyList<(nn.Module<Tensor, Tensor> Model, LossFunction Loss)> networks, IDataset images, Recipe recipe, int steps, CancellationToken stop)
    {
        var batch = images.GetBatch([.. Enumerable.Range(0, BatchSize).Select(i => (long)i)]);
        var learners = networks.Select(network => new Learner(network.Model, network.Loss, batch, recipe)).ToList();
        var times = learners.ConvertAll(_ => new List<double>());
        for (var i = 0; i < WarmupSteps + steps; i++)
        {
            for (var n = 0; n < learners.Count; n++)
            {
                stop.ThrowIfCancellationRequested();
                var time = learners[n].Step();
                if (i >= WarmupSteps)
                    times[n].Add(time);
            }
        }

        learners.ForEach(learner => learner.Dispose());
        return times.ConvertAll(all => new StepTime(all.Min(), all.Order().ElementAt(all.Count / 2)));
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
