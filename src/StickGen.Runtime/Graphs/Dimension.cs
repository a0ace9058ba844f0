using System.Globalization;

namespace StickGen.Graphs;

/// <summary>
/// One dimension of a <see cref="Shape"/>: a fixed size, a multiple of a named dynamic size (<c>batch</c>, <c>4·sequence</c>),
/// or unknown.
/// </summary>
public readonly record struct Dimension
{
    private Dimension(long factor, string? symbol) => (Factor, Symbol) = (factor, symbol);

    /// <summary>A size that is not known.</summary>
    public static Dimension Unknown { get; } = new(0, null);

    /// <summary>The size if fixed, else what the named size is multiplied with. At least 1, or 0 if unknown.</summary>
    public long Factor { get; }

    /// <summary>The name of a dynamic size, or <see langword="null"/>.</summary>
    public string? Symbol { get; }

    /// <summary>Whether the size is a number.</summary>
    public bool IsFixed => Symbol is null && Factor != 0;

    /// <summary>Whether nothing is known of the size.</summary>
    public bool IsUnknown => Factor == 0;

    /// <summary>The fixed size.</summary>
    /// <exception cref="InvalidOperationException">The size is dynamic or unknown.</exception>
    public long Size => IsFixed ? Factor : throw new InvalidOperationException($"The dimension '{this}' has no fixed size.");

    /// <summary>A fixed size.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is less than 1.</exception>
    public static Dimension Fixed(long size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        return new(size, null);
    }

    /// <summary>A dynamic size.</summary>
    /// <exception cref="ArgumentException">The name is empty, is <c>?</c> or contains <c>·</c>: what stands for other dimensions.</exception>
    public static Dimension Named(string symbol)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(symbol);
        return symbol == "?" || symbol.Contains('·', StringComparison.Ordinal)
            ? throw new ArgumentException($"A dimension cannot have the name '{symbol}': '?' is an unknown size, and '·' is in multiples such as '4·sequence'.", nameof(symbol))
            : new(1, symbol);
    }

    /// <summary>A fixed size; −1 is <see cref="Unknown"/>, as in a TorchSharp <c>view</c>.</summary>
    public static implicit operator Dimension(long size) => size == -1 ? Unknown : Fixed(size);

    /// <summary>A dynamic size.</summary>
    public static implicit operator Dimension(string symbol) => Named(symbol);

    /// <summary>The product; unknown if either is, or if both are dynamic.</summary>
    public static Dimension operator *(Dimension left, Dimension right) =>
        left.IsUnknown || right.IsUnknown || (left.Symbol is not null && right.Symbol is not null)
            ? Unknown
            : new(checked(left.Factor * right.Factor), left.Symbol ?? right.Symbol);

    /// <summary>The quotient where it is known to be whole, else unknown.</summary>
    public static Dimension operator /(Dimension left, Dimension right)
    {
        if (left.IsUnknown || right.IsUnknown || left.Factor % right.Factor != 0)
            return Unknown;
        if (right.Symbol is null)
            return new(left.Factor / right.Factor, left.Symbol);
        return right.Symbol == left.Symbol ? new(left.Factor / right.Factor, null) : Unknown;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        IsUnknown ? "?"
        : Symbol is null ? Factor.ToString(CultureInfo.InvariantCulture)
        : Factor == 1 ? Symbol
        : string.Create(CultureInfo.InvariantCulture, $"{Factor}·{Symbol}");
}
