namespace StickGen.Capture.Models;

/// <summary>
/// A part of <c>forward</c>. Regions form a tree: configuration decides which of them run, tensors never do.
/// </summary>
internal abstract record CapturedRegion;

/// <summary>Regions that run one after another.</summary>
/// <param name="Regions">The regions.</param>
internal sealed record SequenceRegion(EquatableArray<CapturedRegion> Regions) : CapturedRegion;

/// <summary>What one statement of <c>forward</c> computes.</summary>
/// <param name="Text">The statement on one line; empty where it continues one that a choice has interrupted.</param>
/// <param name="Steps">Its steps in the order of evaluation.</param>
internal sealed record StatementRegion(string Text, EquatableArray<CapturedStep> Steps) : CapturedRegion;

/// <summary>
/// A choice by configuration: an <c>if</c> with all its <c>else if</c>, a <c>switch</c>, a conditional expression. Of its
/// branches the first runs whose condition holds, or none.
/// </summary>
/// <param name="Text">The statement that the choice is part of, if it is the first part of one, else empty.</param>
/// <param name="Branches">The branches; only the last can be one without a condition.</param>
/// <param name="Joins">The values that depend on which branch ran.</param>
internal sealed record ChoiceRegion(string Text, EquatableArray<CapturedBranch> Branches, EquatableArray<JoinedValue> Joins)
    : CapturedRegion
{
    /// <summary>Whether it only checks: each branch throws. The replay leaves it out, for nothing is known there of what is checked.</summary>
    public bool IsGuard => Branches.All(branch => branch.Condition is not null
        && branch.Body.Regions.All(region => region.Steps().All(step => step is ThrowStep)));
}

/// <summary>A branch of a choice.</summary>
/// <param name="Condition">When it runs, or <see langword="null"/> for what runs otherwise.</param>
/// <param name="Body">What it computes.</param>
internal sealed record CapturedBranch(CapturedExpression? Condition, SequenceRegion Body);

/// <summary>A value that each branch of a choice computes in its own way: a variable that is assigned in them.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Initial">The value that it has where no branch assigns another, or -1 if every branch does.</param>
internal readonly record struct JoinedValue(int Id, int Initial);

/// <summary>One step of a statement.</summary>
internal abstract record CapturedStep;

/// <summary>An operation on tensors.</summary>
/// <param name="Node">The operation.</param>
internal sealed record NodeStep(CapturedNode Node) : CapturedStep;

/// <summary>A local that is not a tensor: a size, a flag.</summary>
/// <param name="Name">Its name, unique in the class.</param>
/// <param name="Type">Its type as code refers to it.</param>
/// <param name="Value">Its value, or <see langword="null"/> if it is assigned in branches.</param>
internal sealed record LocalStep(string Name, string Type, CapturedExpression? Value) : CapturedStep;

/// <summary>An assignment to a <see cref="LocalStep"/> from within a branch.</summary>
/// <param name="Name">The local.</param>
/// <param name="Value">Its new value.</param>
internal sealed record AssignmentStep(string Name, CapturedExpression Value) : CapturedStep;

/// <summary>The end of a branch: what a joined value is if the branch was taken.</summary>
/// <param name="Join">The joined value.</param>
/// <param name="Value">The value.</param>
internal sealed record JoinStep(int Join, int Value) : CapturedStep;

/// <summary>Code without a result that concerns no tensor: a check, a log line. It is run, and not replayed.</summary>
/// <param name="Code">The code.</param>
internal sealed record CodeStep(CapturedExpression Code) : CapturedStep;

/// <summary>The end of <c>forward</c>.</summary>
/// <param name="Values">The values that are returned.</param>
internal sealed record ReturnStep(EquatableArray<int> Values) : CapturedStep;

/// <summary>An exception.</summary>
/// <param name="Exception">What is thrown.</param>
/// <param name="Text">How the user spells it.</param>
internal sealed record ThrowStep(CapturedExpression Exception, string Text) : CapturedStep;
