using System.Globalization;
using StickGen.Compression;
using StickGen.Quantization;
using StickGen.Units;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Rules;

/// <summary>
/// Checks a rule by trying it: random alternatives of its pattern, with random modules, numbers and inputs, are computed node by node and by the
/// units of its replacement, without quantizers.
/// </summary>
public static class RuleVerification
{
    /// <summary>The number of instances that one call checks.</summary>
    private const int Instances = 8;

    /// <summary>How often modules are made until they fit together and the rule's conditions hold.</summary>
    private const int Attempts = 200;

    private const double Tolerance = 1e-4;

    /// <summary>Checks that a rule's replacement computes what its pattern computes.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="seed">Decides the instances: with the same seed they are the same.</param>
    /// <exception cref="CompressionException">
    /// It does not; the message has the seed, the instance and the difference. Or no instance could be made: the message has the last reason.
    /// </exception>
    public static void Verify(RewriteRule rule, int seed)
    {
        ArgumentNullException.ThrowIfNull(rule);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var random = new Random(seed);
        for (var i = 0; i < Instances; i++)
            Verify(rule, seed, random);
    }

    private static void Verify(RewriteRule rule, int seed, Random random)
    {
        var reason = "";
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            using var scope = NewDisposeScope();
            using var instance = new PatternInstance(rule, random);
            PatternVariant variant;
            Tensor expected;
            try
            {
                // Modules that do not fit are another attempt's chance; what the rule itself does wrong is not.
                expected = PatternReference.Compute(Tracer.Run(instance), instance.Values);
                reason = Unmatched(instance) ?? "";
            }
            catch (Exception e) when (e is CompressionException or System.Runtime.InteropServices.ExternalException)
            {
                reason = e.Message;
                continue;
            }

            if (reason.Length > 0)
                continue;
            using (variant = new FloatAlgorithm().Apply(instance))
            {
                variant.State.Mode = QuantizationMode.Disabled;
                Compare(rule, seed, variant, expected, variant.forward(instance.Values));
            }

            return;
        }

        throw new CompressionException($"{rule.ShortName}.Verify({Text(seed)}): of {Attempts} random instances none fits the rule. The last: {reason}");
    }

    private static string? Unmatched(PatternInstance instance)
    {
        var entries = Matcher.Run(Tracer.Run(instance)).Report.Entries;
        return entries.Count == 0 ? "the pattern does not match the nodes that were made from it" : entries.All(e => !e.IsApplied) ? entries[0].Reason : null;
    }

    private static void Compare(RewriteRule rule, int seed, PatternVariant variant, Tensor expected, Tensor actual)
    {
        string? difference = null;
        if (!expected.shape.SequenceEqual(actual.shape))
        {
            difference = $"the pattern gives the shape [{string.Join(", ", expected.shape)}], the replacement [{string.Join(", ", actual.shape)}]";
        }
        else
        {
            var distance = (expected - actual).abs();
            var (largest, magnitude) = (distance.max().ToDouble(), expected.abs().max().ToDouble());
            if (!(largest <= Tolerance * (1 + magnitude)))
            {
                var at = distance.flatten().argmax().ToInt64();
                difference = string.Create(
                    CultureInfo.InvariantCulture,
                    $"they differ by {largest:g4} at element {at}: the pattern gives {expected.flatten()[at].ToSingle():g6}, the replacement {actual.flatten()[at].ToSingle():g6}");
            }
        }

        if (difference is not null)
            throw new CompressionException($"{rule.ShortName}.Verify({Text(seed)}): {difference}. The instance:\n{variant.State.Graph}{variant.State.Matches}");
    }

    private static string Text(int seed) => seed.ToString(CultureInfo.InvariantCulture);

    /// <summary>Nothing is quantized.</summary>
    private sealed class FloatAlgorithm : CompressionAlgorithm
    {
        public override string Name => "float";

        protected internal override QuantizationScheme? ActivationScheme(Unit unit) => null;

        protected internal override FakeQuantizer CreateActivationQuantizer(IReadOnlyList<Unit> units, QuantizationScheme scheme) =>
            throw new InvalidOperationException("Nothing is quantized.");

        protected internal override FakeQuantizer? CreateWeightQuantizer(Site site, Tensor weight) => null;
    }
}
