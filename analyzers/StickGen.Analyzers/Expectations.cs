using System.Globalization;
using Microsoft.CodeAnalysis;
using StickGen.Capture;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;
using StickGen.Capture.Planning;

namespace StickGen.Analyzers;

/// <summary>What the <c>[ExpectMatches]</c> of a class say, and what is found.</summary>
internal static class Expectations
{
    /// <summary>Finds the expectations that are not met.</summary>
    /// <param name="type">The model class.</param>
    /// <param name="model">What was captured of it, if it could be.</param>
    /// <param name="captures">What is captured of the compilation.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public static IEnumerable<CaptureProblem> Problems(INamedTypeSymbol type, CapturedModel? model, Captures captures, CancellationToken cancellationToken)
    {
        IReadOnlyList<Candidate>? likely = null;
        foreach (var attribute in type.GetAttributes().Where(attribute => attribute.AttributeClass is { } @class && KnownTypes.Is(@class, KnownTypes.ExpectMatchesAttribute)))
        {
            if (attribute.ConstructorArguments is not { Length: 2 } arguments)
                continue;
            var place = attribute.ApplicationSyntaxReference?.GetSyntax(cancellationToken).GetLocation() ?? Location.None;
            var visible = captures.VisibleRules(cancellationToken).Rules;
            var rule = arguments[0].Value is INamedTypeSymbol named ? visible.FirstOrDefault(rule => rule.Name == TypeIdentityParser.Parse(named).FullName) : null;
            var count = arguments[1].Value as int?;
            if (rule is null || count is not >= 0)
            {
                yield return new(Descriptors.MalformedExpectation, place, [type.Name, rule is null
                    ? $"names '{(arguments[0].Value as ITypeSymbol)?.Name ?? "null"}', which is no rewrite rule that is visible here"
                    : "expects a number of matches that is negative"]);
            }
            else if (model is not null)
            {
                likely ??= LikelyMatches.In(model, visible);
                var found = likely.Count(match => match.Rule.Name == rule.Name);
                if (found != count)
                {
                    var miss = LikelyMatches.NearestMiss(model, rule, likely);
                    yield return new(Descriptors.UnexpectedMatches, place, [
                        type.Name, rule.Name, count.GetValueOrDefault().ToString(CultureInfo.InvariantCulture), found.ToString(CultureInfo.InvariantCulture),
                        miss is null ? "" : $" (nearest: {miss})"]);
                }
            }
        }
    }
}
