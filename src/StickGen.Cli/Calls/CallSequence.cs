namespace StickGen.Cli.Calls;

/// <summary>Compares two sequences of calls.</summary>
internal static class CallSequence
{
    /// <summary>Where the emitted calls differ from the written ones, or <see langword="null"/>.</summary>
    public static string? Difference(IReadOnlyList<Call> written, IReadOnlyList<ReplayedCall> emitted, string type)
    {
        for (var i = 0; i < Math.Max(written.Count, emitted.Count); i++)
        {
            if (i >= written.Count)
                return $"the emitted code of '{type}' goes on with {emitted[i].Call}, where forward ends";
            if (i >= emitted.Count)
                return $"the emitted code of '{type}' ends where forward goes on with {written[i]} (line {written[i].Line})";
            if (!written[i].Matches(emitted[i].Call))
                return $"the emitted code of '{type}' calls {emitted[i].Call} where forward calls {written[i]} (line {written[i].Line})";
        }

        return null;
    }
}
