using RulePack;
using StickGen;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Linear = TorchSharp.Modules.Linear;

namespace RulePackApp;

/// <summary>
/// Scores of queries against keys, as in attention. The queries are scaled by 1/√16, which the rule of the pack makes part of the projection; the build
/// fails if it no longer fits.
/// </summary>
[Compressible, InputShape("batch", 8, 32), ExpectMatches(typeof(ScaledLinear), 2)]
public sealed partial class ScaledScores : Module<Tensor, Tensor>
{
    private readonly Linear query = Linear(32, 16, hasBias: false), key = Linear(32, 16, hasBias: false), value = Linear(8, 4);

    public ScaledScores()
        : base(nameof(ScaledScores)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var queries = query.forward(x) * 0.25;
        var scores = queries.matmul(key.forward(x).transpose(1, 2));

        // This layer has a bias: the pattern fits, and the condition of the rule does not hold.
        return value.forward(scores) / 2;
    }
}
