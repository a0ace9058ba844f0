using System.Globalization;

/// <summary>Values of options on a command line.</summary>
internal static class Arguments
{
    /// <summary>The argument after an option.</summary>
    /// <param name="args">All arguments.</param>
    /// <param name="i">The place of the option; then that of its value.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static string Value(string[] args, ref int i) =>
        ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value.");

    /// <summary>The whole number after an option.</summary>
    /// <exception cref="ArgumentException">There is none, or it is less than what is allowed.</exception>
    /// <inheritdoc cref="Value"/>
    public static int Number(string[] args, ref int i, int minimum)
    {
        var text = Value(args, ref i);
        return int.TryParse(text, out var number) && number >= minimum
            ? number
            : throw new ArgumentException($"{args[i - 1]} is '{text}'; it has to be a whole number, at least {minimum}.");
    }

    /// <summary>The real number after an option.</summary>
    /// <param name="args">All arguments.</param>
    /// <param name="i">The place of the option; then that of its value.</param>
    /// <param name="isAllowed">Of finite numbers.</param>
    /// <param name="expected">What is allowed, in words: "a number between 0 and 1".</param>
    /// <exception cref="ArgumentException">There is none, or it is not allowed.</exception>
    public static double Real(string[] args, ref int i, Func<double, bool> isAllowed, string expected)
    {
        var text = Value(args, ref i);
        return double.TryParse(text, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && isAllowed(number)
            ? number
            : throw new ArgumentException($"{args[i - 1]} is '{text}'; it has to be {expected}.");
    }
}
