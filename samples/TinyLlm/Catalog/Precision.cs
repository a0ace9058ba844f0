using StickGen.PostTraining;
using StickGen.Quantization;

/// <summary>Bits of weights and activations, and how they are shared.</summary>
/// <param name="WeightBits">2, 3, 4 or 8.</param>
/// <param name="ActivationBits">8, or 16 for float.</param>
internal sealed record Precision(int WeightBits = 8, int ActivationBits = Precision.FloatBits)
{
    /// <summary>What stands for float, as in papers.</summary>
    public const int FloatBits = 16;

    private static readonly (string Name, KeyValuePrecision Precision)[] cacheNames =
        [("float", KeyValuePrecision.Float), ("int8", KeyValuePrecision.Int8PerToken), ("int8-per-channel", KeyValuePrecision.Int8PerChannel)];

    /// <summary>Neighbouring inputs with one scale; 0 for all of an output.</summary>
    public int GroupSize { get; init; }

    /// <summary>Whether scales have zero points.</summary>
    public bool IsAsymmetric { get; init; }

    /// <summary>Whether activations have one range from calibration, instead of one for each token.</summary>
    public bool IsStatic { get; init; }

    /// <summary>How keys and values are kept.</summary>
    public KeyValuePrecision KeyValueCache { get; init; }

    public GroupScheme Weights => new() { Bits = WeightBits, GroupSize = GroupSize, Symmetric = !IsAsymmetric };

    public ActivationQuantization Activations =>
        ActivationBits == FloatBits ? ActivationQuantization.None : IsStatic ? ActivationQuantization.StaticPerTensor : ActivationQuantization.DynamicPerToken;

    /// <summary>Reads bits of the form W/A.</summary>
    /// <exception cref="ArgumentException">They are not of this form, or not possible.</exception>
    public static Precision Parse(string text) =>
        text.Split('/') is [var weights, var activations] && int.TryParse(weights, out var w) && int.TryParse(activations, out var a) && w is 2 or 3 or 4 or 8 && a is 8 or FloatBits
            ? new(w, a)
            : throw new ArgumentException($"--bits is '{text}'; it has to be bits of weights (2, 3, 4 or 8) / bits of activations (8, or 16 for float), such as 4/16.");

    /// <exception cref="ArgumentException">Two settings contradict each other.</exception>
    public Precision Checked() => IsStatic && ActivationBits == FloatBits
        ? throw new ArgumentException("--static is for activations of 8 bits; --bits leaves them in float.")
        : this;

    /// <summary>Such as <c>W4A8 g64</c>.</summary>
    public override string ToString() =>
        $"W{WeightBits}A{ActivationBits}{(IsStatic ? " static" : "")}{(GroupSize == 0 ? "" : $" g{GroupSize}")}{(IsAsymmetric ? " asymmetric" : "")}"
        + KeyValueCache switch { KeyValuePrecision.Float => "", KeyValuePrecision.Int8PerToken => " kv8", _ => " kv8 per channel" };

    /// <summary>What the command line calls <see cref="KeyValueCache"/>.</summary>
    public string KeyValueCacheName => cacheNames.First(pair => pair.Precision == KeyValueCache).Name;

    /// <exception cref="ArgumentException">There is no such cache.</exception>
    public static KeyValuePrecision ParseCache(string text) => cacheNames.FirstOrDefault(pair => pair.Name == text) is { Name: not null } found
        ? found.Precision
        : throw new ArgumentException($"--kv-cache is '{text}'; it has to be one of {string.Join(", ", cacheNames.Select(pair => pair.Name))}.");
}
