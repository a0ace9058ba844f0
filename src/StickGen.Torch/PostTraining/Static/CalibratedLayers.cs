using StickGen.Compression;
using StickGen.Units;
using static TorchSharp.torch;

namespace StickGen.PostTraining;

/// <summary>The layers of a variant that have integer weights.</summary>
internal sealed class CalibratedLayers : IDisposable
{
    private readonly List<CalibratedLayer> all = [], own = [];
    private readonly List<(string Name, string Reason)> shared = [];

    private CalibratedLayers(FakeQuantization state)
    {
        var uses = state.Units.SelectMany(u => u.Modules).CountBy(m => m).ToDictionary();
        var borrowed = state.BorrowedModules.SelectMany(b => b.Module.modules().Append(b.Module)).ToHashSet();
        foreach (var unit in state.Units.OfType<WeightedUnit>().Where(u => u is (ConvUnit or LinearUnit) and { IsQuantized: true, WeightQuantizer: not null }))
        {
            var layer = new CalibratedLayer(unit);
            all.Add(layer);
            if (unit.Modules.Any(borrowed.Contains))
                shared.Add((unit.Name, "it cannot be rebuilt, so that the variant shares its weights with the original"));
            else if (unit.Modules.Max(m => uses[m]) is > 1 and var count)
                shared.Add((unit.Name, $"a module of it is called at {count} places"));
            else
                own.Add(layer);
        }
    }

    /// <summary>All of them, in the order of evaluation.</summary>
    public IReadOnlyList<CalibratedLayer> All => all;

    /// <summary>Those whose weights and biases may be changed.</summary>
    public IReadOnlyList<CalibratedLayer> Own => own;

    /// <summary>The others, and why not.</summary>
    public IReadOnlyList<(string Name, string Reason)> Shared => shared;

    /// <summary>The layer of a unit.</summary>
    public CalibratedLayer? Find(Unit unit) => all.Find(l => l.Unit == unit);

    public static CalibratedLayers Of(FakeQuantization state) => new(state);

    public void Dispose() => all.ForEach(l => l.Dispose());
}
