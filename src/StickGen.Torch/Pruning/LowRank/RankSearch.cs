using StickGen.Compression;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>
/// Ranks of several layers under one budget, greedily: of all layers the singular value is given up whose share of its layer's energy is
/// least for the weights that it frees.
/// </summary>
internal static class RankSearch
{
    public static Dictionary<nn.Module<Tensor, Tensor>, int> Run(
        IReadOnlyList<(nn.Module<Tensor, Tensor> Layer, FactorizedMatrix Matrix)> layers, double budget)
    {
        var states = layers.Select(l => new State(l.Layer, l.Matrix)).ToList();
        var allowed = budget * states.Sum(s => s.Weights);
        var total = (double)states.Sum(s => s.Weights);
        var queue = new PriorityQueue<State, double>();
        foreach (var state in states)
            Enqueue(state);
        while (total > allowed && queue.TryDequeue(out var state, out _))
        {
            total -= state.GiveUp();
            Enqueue(state);
        }

        return total <= allowed
            ? states.Where(s => s.Rank is not null).ToDictionary(s => s.Layer, s => s.Rank!.Value)
            : throw new CompressionException(FormattableString.Invariant($"budget is {budget}, but ranks of 1 take {total / states.Sum(s => s.Weights):0.####} of the weights."));

        void Enqueue(State s)
        {
            if (s.CostPerWeight is { } cost)
                queue.Enqueue(s, cost);
        }
    }

    private sealed class State(nn.Module<Tensor, Tensor> layer, FactorizedMatrix matrix)
    {
        private readonly long perRank = matrix.WeightsPerRank;
        private readonly double[] energies = Shares(matrix.SingularValues());

        public nn.Module<Tensor, Tensor> Layer { get; } = layer;

        public long Weights { get; } = matrix.Weights;

        /// <summary>The rank, or <see langword="null"/> as long as the layer is whole.</summary>
        public int? Rank { get; private set; }

        /// <summary>The energy that the next step gives up for each weight that it frees, or <see langword="null"/> if there is none.</summary>
        public double? CostPerWeight
        {
            get
            {
                if (Next() is not { } next)
                    return null;
                var lost = energies.Take(Rank ?? energies.Length).Skip(next).Sum();
                return lost / (WeightsAt(Rank) - WeightsAt(next));
            }
        }

        /// <summary>Takes the next step, and returns the number of weights that it frees.</summary>
        public long GiveUp()
        {
            var next = Next()!.Value;
            var freed = WeightsAt(Rank) - WeightsAt(next);
            Rank = next;
            return freed;
        }

        /// <summary>The greatest rank that is smaller than the layer, then one less each time.</summary>
        private int? Next()
        {
            var next = Rank - 1 ?? (int)Math.Min(energies.Length, (Weights - 1) / perRank);
            return next >= 1 ? next : null;
        }

        private long WeightsAt(int? rank) => rank * perRank ?? Weights;

        private static double[] Shares(IReadOnlyList<double> values)
        {
            var all = values.Sum(v => v * v);
            return [.. values.Select(v => all > 0 ? v * v / all : 0)];
        }
    }
}
