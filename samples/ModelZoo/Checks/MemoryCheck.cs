using System.Diagnostics;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;

/// <summary>Whether memory stays flat over many training steps of a fake-quantized network.</summary>
internal sealed class MemoryCheck : TrainingCallback
{
    private const int Steps = 2000, SampleEvery = 100, SettlingSteps = 500;

    /// <summary>Allocators keep pages and hand them out again in another order; a leak of a tensor a step is far more.</summary>
    private const long Tolerance = 8 << 20;

    private readonly List<Sample> samples = [];

    /// <summary>Trains, prints what was measured, and says whether it was flat.</summary>
    public static bool Run(Run run, CommandLine command, CancellationToken stop)
    {
        if (run.Algorithm is not { } entry)
            throw new ArgumentException($"memory is measured with an algorithm, not with {run.AlgorithmName}.");
        set_num_threads(command.Threads);
        manual_seed(run.Seed).Dispose();
        using var images = run.Data.Read(command.Data).Training.ToDataset();
        using var model = run.Network.Create(run.Data.Size);
        var algorithm = entry.Create(run.Bits, images, run.Recipe);
        using var fake = run.Network.Compress(model, run.Data.Size, algorithm);
        var epochs = (int)((Steps * (long)run.Recipe.BatchSize / images.Count) + 1);
        var trainer = Training.Trainer(run.Recipe with { Epochs = epochs }, run.Data.Augmentation, run.Seed, checkpoint: null);
        trainer = trainer with { Loss = algorithm.Loss(trainer.Loss) };

        var check = new MemoryCheck();
        trainer.Fit(fake.Module, images, [.. algorithm.Callbacks, check], cancellationToken: stop);
        return check.IsFlat();
    }

    public override void OnStepEnd(TrainingContext context)
    {
        if (context.Step % SampleEvery != 0 || context.Step > Steps)
            return;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var sample = new Sample(context.Step, ResidentBytes(), GC.GetTotalMemory(forceFullCollection: true), Tensor.TotalCount);
        Console.WriteLine(sample);
        samples.Add(sample);
        if (context.Step >= Steps)
            context.RequestStop();
    }

    private static long ResidentBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private bool IsFlat()
    {
        var settled = samples.Where(sample => sample.Step >= SettlingSteps).ToList();
        var half = settled.Count / 2;
        var (before, after) = (settled.Take(half).Max(s => s.Resident), settled.Skip(half).Max(s => s.Resident));
        var managed = settled[^1].Managed - settled[0].Managed;
        var tensors = settled[^1].Tensors - settled[0].Tensors;
        Console.WriteLine($"from step {SettlingSteps} to {settled[^1].Step}: resident {Mebibytes(after - before)}, managed {Mebibytes(managed)}, tensors {tensors:+0;-0;0}");
        return after - before <= Tolerance && managed <= Tolerance && tensors <= 0;
    }

    private static string Mebibytes(long bytes) => FormattableString.Invariant($"{bytes / 1048576.0:+0.0;-0.0;0.0} MiB");

    private sealed record Sample(long Step, long Resident, long Managed, long Tensors)
    {
        public override string ToString() =>
            FormattableString.Invariant($"step {Step,5}: {Resident / 1048576.0:0.0} MiB resident, {Managed / 1048576.0:0.00} MiB managed, {Tensors} tensors");
    }
}
