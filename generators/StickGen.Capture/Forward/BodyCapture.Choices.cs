using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <content>
/// Choices by configuration. Each branch is captured from the state before the choice; where the branches leave a variable
/// with different values, it stands for a joined value afterwards.
/// </content>
internal sealed partial class BodyCapture
{
    /// <summary>A branch before it is captured.</summary>
    /// <param name="Condition">When it runs, or <see langword="null"/> for what runs otherwise.</param>
    /// <param name="Run">Captures it.</param>
    private sealed record Arm(CapturedExpression? Condition, Func<Outcome> Run)
    {
        /// <summary>Whether it runs where a tensor is missing that the replay takes to be there.</summary>
        public bool IsFallback { get; init; }
    }

    /// <summary>How a branch ends.</summary>
    /// <param name="Leaves">Whether nothing runs after it: it returns or throws.</param>
    /// <param name="Result">The value of an expression, if it is one.</param>
    private readonly record struct Outcome(bool Leaves, Binding? Result);

    /// <summary>A branch whose end is reached.</summary>
    /// <param name="Regions">What it computes; <see langword="null"/> for the branch that nobody wrote.</param>
    /// <param name="State">What variables stand for at its end.</param>
    /// <param name="Result">The value of an expression, if it is one.</param>
    private sealed record Survivor(List<CapturedRegion>? Regions, Bindings State, Binding? Result);

    /// <summary>Captures a choice.</summary>
    private Outcome Choose(IReadOnlyList<Arm> arms)
    {
        var (text, line) = graph.BeginChoice();
        var first = graph.NextValue;
        var before = Bindings.Of(context);
        var branches = new List<(CapturedExpression? Condition, List<CapturedRegion> Regions)>();
        var survivors = new List<Survivor>();
        foreach (var arm in arms)
        {
            before.Restore(context);
            graph.BeginBranch();
            var outcome = arm.Run();
            var regions = graph.EndBranch();
            branches.Add((arm.Condition, regions));
            if (!outcome.Leaves)
                survivors.Add(new(regions, Bindings.Of(context), outcome.Result));
        }

        if (arms.All(arm => arm.Condition is not null))
            survivors.Add(new(null, before, null));

        var joiner = new Joiner(graph, first, before, survivors, Keepable());
        var result = joiner.Join(context);
        if (branches.Any(branch => branch.Regions.Count > 0))
        {
            graph.AddChoice(new(
                text,
                branches.Select((branch, i) => new CapturedBranch(branch.Condition, new(branch.Regions.ToEquatableArray())) { IsFallback = arms[i].IsFallback }).ToEquatableArray(),
                joiner.Joins.ToEquatableArray())
            {
                Line = line,
            });
        }

        return new(survivors.Count == 0, result);
    }

    /// <summary>What all variables stand for at one point, with the tensors that lists have there.</summary>
    private sealed record Bindings(Dictionary<ISymbol, Binding> Variables, Dictionary<List<int>, int[]> Lists)
    {
        public static Bindings Of(CaptureContext context)
        {
            var lists = new Dictionary<List<int>, int[]>();
            foreach (var list in context.Bindings.Values.OfType<TensorListBinding>())
                lists[list.Values] = [.. list.Values];
            return new(new(context.Bindings, SymbolEqualityComparer.Default), lists);
        }

        public void Restore(CaptureContext context)
        {
            context.Bindings.Clear();
            foreach (var pair in Variables)
                context.Bindings.Add(pair.Key, pair.Value);
            foreach (var pair in Lists)
                Fill(pair.Key, pair.Value);
        }

        public static void Fill(List<int> list, IEnumerable<int> values)
        {
            list.Clear();
            list.AddRange(values);
        }
    }

    /// <summary>Finds what variables stand for after the branches of a choice.</summary>
    private sealed class Joiner(GraphBuilder graph, int firstOfChoice, Bindings before, List<Survivor> survivors, SyntaxNode[] statements)
    {
        private readonly Dictionary<string, int> known = new(StringComparer.Ordinal);
        private readonly List<List<CapturedStep>> steps = [.. survivors.Select(_ => new List<CapturedStep>())];

        public List<JoinedValue> Joins { get; } = [];

        public Binding? Join(CaptureContext context)
        {
            if (survivors.Count == 0)
            {
                before.Restore(context);
                return null;
            }

            var variables = new List<KeyValuePair<ISymbol, Binding>>();
            foreach (var variable in survivors[0].State.Variables.Keys)
            {
                var values = survivors.Select(s => s.State.Variables.TryGetValue(variable, out var value) ? value : null).ToArray();
                if (!values.Contains(null))
                    variables.Add(new(variable, Join(values!, before.Variables.TryGetValue(variable, out var old) ? old : null, $"what '{variable.Name}' is")));
            }

            var lists = before.Lists.ToDictionary(list => list.Key, list => JoinList(list.Key, list.Value));
            var results = survivors.Select(s => s.Result).ToArray();
            var result = results.Contains(null) ? null : Join(results!, null, "what this is");
            context.Bindings.Clear();
            foreach (var pair in variables)
            {
                context.Bindings.Add(pair.Key, pair.Value is TensorListBinding { Values: var list } && lists.TryGetValue(list, out var items) && items is null
                    ? new UnknownBinding($"which tensors are in '{pair.Key.Name}' depends on a condition, which is not supported yet", statements) { List = pair.Key }
                    : pair.Value);
            }

            foreach (var pair in lists.Where(list => list.Value is not null))
                Bindings.Fill(pair.Key, pair.Value!);
            for (var i = 0; i < survivors.Count; i++)
            {
                if (steps[i].Count > 0)
                    survivors[i].Regions!.Add(new StatementRegion("", steps[i].ToEquatableArray()));
            }

            return result;
        }

        private Binding Join(Binding[] values, Binding? old, string what)
        {
            if (values.Any(value => ReferenceEquals(value, Binding.Failed)))
                return Binding.Failed;
            if (values.Distinct().Count() == 1 && values[0] is not (TensorBinding or TensorListBinding))
                return values[0];
            if (values[0] is TensorListBinding { Values: var list } && values.Distinct().Count() == 1 && before.Lists.ContainsKey(list))
                return values[0];
            if (values.All(value => value is TupleBinding) && values.Cast<TupleBinding>().ToArray() is var tuples && tuples.All(tuple => tuple.Elements.Count == tuples[0].Elements.Count))
            {
                return new TupleBinding(
                    Enumerable.Range(0, tuples[0].Elements.Count).Select(i => Join([.. tuples.Select(tuple => tuple.Elements[i])], null, what)).ToEquatableArray());
            }

            return values.All(value => value is TensorBinding)
                ? new TensorBinding(Join([.. values.Select(value => ((TensorBinding)value).Value)], old is TensorBinding tensor ? tensor.Value : -1))
                : new UnknownBinding(what + " depends on a condition, which is not supported yet", statements);
        }

        private int Join(int[] values, int old)
        {
            // What was computed before can be read as it is; what only one branch computes belongs to that branch.
            if (values[0] < firstOfChoice && values.Distinct().Count() == 1)
                return values[0];
            var initial = values.Contains(old) ? old : -1;
            var key = string.Join(",", values) + "/" + initial;
            if (known.TryGetValue(key, out var join))
                return join;
            join = graph.AddJoin();
            known.Add(key, join);
            Joins.Add(new(join, initial));
            for (var i = 0; i < values.Length; i++)
            {
                if (values[i] != initial)
                    steps[i].Add(new JoinStep(join, values[i]));
            }

            return join;
        }

        /// <summary>The tensors of a list, or <see langword="null"/> if their number depends on the branch.</summary>
        private int[]? JoinList(List<int> list, int[] old)
        {
            var alternatives = survivors.Select(s => s.State.Lists.TryGetValue(list, out var items) ? items : old).ToArray();
            if (alternatives.Any(items => items.Length != alternatives[0].Length))
                return null;
            return
            [
                .. Enumerable.Range(0, alternatives[0].Length).Select(i =>
                    Join([.. alternatives.Select(items => items[i])], i < old.Length ? old[i] : -1)),
            ];
        }
    }
}
