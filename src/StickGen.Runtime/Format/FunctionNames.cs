using System.Collections.Frozen;
using System.Text.Json;
using StickGen.Deployment;
using StickGen.Operations;

namespace StickGen.Format;

/// <summary>The names that functions of an element have in files: <c>gelu_tanh</c> for <see cref="ElementFunction.GeluTanh"/>.</summary>
internal static class FunctionNames
{
    private static readonly FrozenDictionary<string, ElementFunction> functions =
        Enum.GetValues<ElementFunction>().ToFrozenDictionary(Of, StringComparer.Ordinal);

    public static string Of(ElementFunction function) => JsonNamingPolicy.SnakeCaseLower.ConvertName(function.ToString());

    public static ElementFunction Parse(string name, string where) =>
        functions.TryGetValue(name, out var function) ? function : throw new InvalidModelException($"{where} has the function '{name}', which this version does not know.");
}
