using System.Globalization;
using StickGen.Capture;
using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>
/// Tells apart the files of types whose names differ in case alone: the compiler compares the names of emitted files
/// without case, and two equal ones would end the generator.
/// </summary>
/// <param name="Ambiguous">The names that are equal to another without case; as a rule there are none.</param>
internal sealed record HintNames(EquatableArray<string> Ambiguous)
{
    public static HintNames Of(IEnumerable<string> names) => new(
        names.Distinct(StringComparer.Ordinal)
            .GroupBy(name => name, StringComparer.OrdinalIgnoreCase)
            .Where(group => group.Count() > 1)
            .SelectMany(group => group)
            .OrderBy(name => name, StringComparer.Ordinal)
            .ToEquatableArray());

    /// <summary>What the names of a type's files begin with.</summary>
    public string Prefix(TypeIdentity type)
    {
        var name = type.UniqueName;
        for (var i = 0; i < Ambiguous.Count; i++)
        {
            if (Ambiguous[i] == name)
                return $"{name}-{(i + 1).ToString(CultureInfo.InvariantCulture)}";
        }

        return name;
    }
}
