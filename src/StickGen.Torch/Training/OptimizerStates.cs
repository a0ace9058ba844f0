using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>
/// The state of TorchSharp's optimizers as bytes: one piece per parameter group (rates and other settings) and one per
/// parameter (step count, moments). Each piece has TorchSharp's own format, which keeps everything; tests prove it for
/// every optimizer.
/// </summary>
internal static class OptimizerStates
{
    public static IEnumerable<string> Names(OptimizerHelper optimizer)
    {
        var state = optimizer.state_dict();
        return [.. state.Options.Select((_, i) => $"group {i}"), .. state.State.Select((_, i) => $"parameter {i}")];
    }

    public static IEnumerable<(string Name, byte[] Bytes)> Save(OptimizerHelper optimizer)
    {
        var state = optimizer.state_dict();
        var writers = state.Options.Select(options => (Action<BinaryWriter>)options.SaveStateDict)
            .Concat(state.State.Select(parameter => (Action<BinaryWriter>)parameter.SaveStateDict));
        return Names(optimizer).Zip(writers, (name, write) =>
        {
            using var stream = new MemoryStream();
            using (var writer = new BinaryWriter(stream))
                write(writer);
            return (name, stream.ToArray());
        });
    }

    /// <exception cref="CheckpointException">A piece does not fit its parameter.</exception>
    public static void Load(OptimizerHelper optimizer, Func<string, byte[]> read, string path)
    {
        var state = optimizer.state_dict();
        var readers = state.Options.Select(options => (Action<BinaryReader>)options.LoadStateDict)
            .Concat(state.State.Select(parameter => (Action<BinaryReader>)parameter.LoadStateDict));
        foreach (var (name, load) in Names(optimizer).Zip(readers))
        {
            using var stream = new MemoryStream(read(name));
            using var reader = new BinaryReader(stream);
            try
            {
                load(reader);
            }
            catch (Exception e) when (e is ArgumentException or EndOfStreamException)
            {
                throw new CheckpointException(path, $"the optimizer's state of {name} does not fit: {e.Message}", e);
            }

            if (stream.Position != stream.Length)
                throw new CheckpointException(path, $"the optimizer's state of {name} is longer than that of this run's optimizer.");
        }
    }
}
