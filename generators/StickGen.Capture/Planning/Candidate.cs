using StickGen.Capture.Models;

namespace StickGen.Capture.Planning;

/// <summary>A place where a rule's pattern fits; whether the rule holds there is known when the model is compressed.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Root">The node whose value the pattern computes.</param>
/// <param name="Nodes">All nodes of the pattern, the root included, in order.</param>
internal sealed record Candidate(VisibleRule Rule, int Root, EquatableArray<int> Nodes);
