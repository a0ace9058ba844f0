using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>
/// A module in evaluation mode until this is disposed. Then each of its modules is in the mode that it was in: a layer that
/// its user froze by <c>eval()</c> stays frozen.
/// </summary>
internal sealed class EvaluationMode : IDisposable
{
    private readonly List<(nn.Module Module, bool Training)> modes;

    public EvaluationMode(nn.Module module)
    {
        modes = [(module, module.training), .. module.modules().Select(m => (m, m.training))];
        module.eval();
    }

    public void Dispose()
    {
        // Parents come before their children, whose modes they set too.
        foreach (var (module, training) in modes.Where(m => m.Module.training != m.Training))
            module.train(training);
    }
}
