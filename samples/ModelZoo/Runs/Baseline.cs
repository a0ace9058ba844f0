using TorchSharp;
using static TorchSharp.torch;

/// <summary>The trained float network that compression begins with.</summary>
internal static class Baseline
{
    /// <summary>Where it is, or will be.</summary>
    public static string File(Run run, CommandLine command) =>
        Path.Combine(command.Checkpoints, $"{run.Network.Name}-{run.Data.Name}{(run.Seed == 1 ? "" : $".seed{run.Seed}")}.safetensors");

    /// <summary>Reads it.</summary>
    /// <param name="run">The run that trains it.</param>
    /// <param name="command">Where checkpoints are.</param>
    /// <exception cref="FileNotFoundException">It was not trained yet; the message says how.</exception>
    public static nn.Module<Tensor, Tensor> Load(Run run, CommandLine command)
    {
        var file = File(run, command);
        if (!System.IO.File.Exists(file))
            throw new FileNotFoundException($"there is no '{file}' to begin with; this trains it: {run.Command()}");
        var model = run.Network.Create(run.Data.Size);
        SafetensorsFile.Load(model, file);
        return model;
    }
}
