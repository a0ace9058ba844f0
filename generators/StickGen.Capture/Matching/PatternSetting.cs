using System.Globalization;

namespace StickGen.Matching;

/// <summary>A setting of a node in a pattern.</summary>
/// <param name="name">The name, as the tracer has it.</param>
/// <param name="capture">The name that it is captured as, or <see langword="null"/>.</param>
/// <param name="value">What it has to be, where it is not captured.</param>
internal sealed class PatternSetting(string name, string? capture, SettingValue value)
{
    public string Name { get; } = name;

    public string? Capture { get; } = capture;

    public SettingValue Value { get; } = value;
}

/// <summary>The value of a setting: a number, or the name of an option. The default is that it is not set.</summary>
internal readonly struct SettingValue : IEquatable<SettingValue>
{
    private const string Unset = "none";

    private SettingValue(double? number, string? word) => (Number, Word) = (number, word);

    public double? Number { get; }

    public string? Word { get; }

    public static SettingValue Of(double? number) => new(number, null);

    public static SettingValue Of(string word) => new(null, word == Unset ? null : word);

    /// <summary>Reads a value of a pattern; <see langword="null"/> if it is neither a number nor a word.</summary>
    public static SettingValue? Parse(string text)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && !double.IsNaN(number))
            return Of(number);
        return text.Length > 0 && text.All(c => char.IsLetterOrDigit(c) || c == '_') ? Of(text) : null;
    }

    /// <summary>Reads a literal of C#, or the name of an enumeration's member; <see langword="null"/> if it is no constant.</summary>
    public static SettingValue? OfCode(string code)
    {
        code = code.Trim();
        if (code is "true" or "false")
            return Of(code == "true" ? 1 : 0);
        var digits = code.Replace("_", "").Replace(" ", "");
        if (double.TryParse(digits.TrimEnd('f', 'F', 'd', 'D', 'l', 'L', 'm', 'M'), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return digits.EndsWith("f", StringComparison.OrdinalIgnoreCase) ? Of((float)number) : Of(number);
        return code.StartsWith("global::TorchSharp.", StringComparison.Ordinal) && code.All(c => char.IsLetterOrDigit(c) || c is '_' or '.' or ':')
            ? Of(code.Substring(code.LastIndexOf('.') + 1))
            : null;
    }

    public bool Equals(SettingValue other) => Number == other.Number && Word == other.Word;

    public override bool Equals(object? obj) => obj is SettingValue other && Equals(other);

    public override int GetHashCode() => Number?.GetHashCode() ?? (Word is null ? 0 : StringComparer.Ordinal.GetHashCode(Word));

    public override string ToString() => Word ?? Number?.ToString("R", CultureInfo.InvariantCulture) ?? Unset;
}
