using System.Globalization;
using System.Runtime.CompilerServices;

namespace StickGen.Training;

/// <summary>Checks of settings. Messages name the setting, its value and what is allowed.</summary>
internal static class Require
{
    public static void AtLeast(long minimum, long value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        That(value >= minimum, name, value, $"at least {minimum}");

    public static void Positive(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        That(value > 0 && double.IsFinite(value), name, value, "greater than 0");

    public static void InRange(double minimum, double maximum, double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        That(value >= minimum && value <= maximum, name, value, string.Create(CultureInfo.InvariantCulture, $"from {minimum} to {maximum}"));

    private static void That(bool condition, string name, IFormattable value, string allowed)
    {
        if (!condition)
            throw new ArgumentException($"{name} is {value.ToString(null, CultureInfo.InvariantCulture)}; it has to be {allowed}.");
    }
}
