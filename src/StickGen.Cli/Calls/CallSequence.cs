namespace StickGen.Cli.Calls;

/// <summary>Compares two sequences of calls.</summary>
internal static class CallSequence
{
    /// <summary>Where the emitted calls differ from the written ones, or <see langword="null"/>.</summary>
    public static string? Difference(IReadOnlyList<Call> written, IReadOnlyList<ReplayedCall> replayed, string type)
    {
        var emitted = replayed.Where((call, i) => i == 0 || !IsSameList(replayed[i - 1], call)).ToArray();
        for (var i = 0; i < Math.Max(written.Count, emitted.Length); i++)
        {
            if (i >= written.Count)
                return $"the emitted code of '{type}' goes on with {emitted[i].Call}, where forward ends";
            if (i >= emitted.Length)
                return $"the emitted code of '{type}' ends where forward goes on with {written[i]} (line {written[i].Line})";
            if (!written[i].IsEmittedAs(emitted[i].Call))
                return $"the emitted code of '{type}' calls {emitted[i].Call} where forward calls {written[i]} (line {written[i].Line})";
        }

        return null;
    }

    /// <summary>Whether two calls read elements of one list: it is computed once in the user's code.</summary>
    private static bool IsSameList(ReplayedCall first, ReplayedCall second) =>
        first.Call.Name is { } name && first.Call == second.Call && first.Operand == second.Operand && OperationNames.GivesList(name);
}
