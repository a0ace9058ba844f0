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
internal sealed record StatementRegion(string Text, EquatableArray<CapturedStep> Steps) : CapturedRegion
{
    /// <summary>Its line, counted from the attribute of the class, so that what is above the class does not change it; if both are in one file.</summary>
    public int? Line { get; init; }
}

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
    /// <summary>The line of the statement, counted from the attribute of the class.</summary>
    public int? Line { get; init; }

    /// <summary>Whether it only checks: each branch throws. The replay leaves it out, for nothing is known there of what is checked.</summary>
    public bool IsGuard => Branches.All(branch => branch.Condition is not null
        && branch.Body.Regions.All(region => region.Steps().All(step => step is ThrowStep)));
}

/// <summary>A branch of a choice.</summary>
/// <param name="Condition">When it runs, or <see langword="null"/> for what runs otherwise.</param>
/// <param name="Body">What it computes.</param>
internal sealed record CapturedBranch(CapturedExpression? Condition, SequenceRegion Body)
{
    /// <summary>Whether it runs where a tensor is missing that the replay takes to be there: it does not say whether the model is another one.</summary>
    public bool IsFallback { get; init; }
}

/// <summary>A loop that configuration decides: over modules, over numbers. It is run again for each instance.</summary>
/// <param name="Name">What its units are found by, unique in the class.</param>
/// <param name="Iteration">The local that stands for the units of one iteration, unique in the class.</param>
/// <param name="Header">What it runs over.</param>
/// <param name="Body">What one iteration computes.</param>
/// <param name="Joins">The values that one iteration hands to the next, and the last one to what follows.</param>
internal sealed record LoopRegion(
    string Name, string Iteration, LoopHeader Header, SequenceRegion Body, EquatableArray<JoinedValue> Joins) : CapturedRegion;

/// <summary>What a loop runs over.</summary>
internal abstract record LoopHeader;

/// <summary>A <c>foreach</c>.</summary>
/// <param name="Items">The items.</param>
/// <param name="Variable">What each item is taken apart into: a local, or locals in parentheses.</param>
internal sealed record ForEachHeader(CapturedExpression Items, string Variable) : LoopHeader;

/// <summary>A <c>for</c> over whole numbers.</summary>
/// <param name="Variable">The local that numbers the iterations.</param>
/// <param name="Initial">The locals that it declares, with their values.</param>
/// <param name="Condition">While it runs.</param>
/// <param name="Step">What runs between two iterations.</param>
internal sealed record ForHeader(string Variable, CapturedExpression Initial, CapturedExpression Condition, CapturedExpression Step) : LoopHeader;

/// <summary>A value that each branch of a choice, or each iteration of a loop, computes in its own way: a variable that is assigned in them.</summary>
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

/// <summary>Keeps what a joined value of a loop is now, because it gets its next value before this one is read.</summary>
/// <param name="Id">The number of the copy.</param>
/// <param name="Value">The value.</param>
internal sealed record CopyStep(int Id, int Value) : CapturedStep;

/// <summary>A list of tensors that is a list in the emitted code too, because a loop fills it.</summary>
/// <param name="Id">Its number, which is among those of the values.</param>
/// <param name="Items">The values that it begins with; of another list, its values.</param>
internal sealed record ListStep(int Id, EquatableArray<int> Items) : CapturedStep;

/// <summary>Changes a <see cref="ListStep"/>: <c>Add</c>, an assignment to an element.</summary>
/// <param name="Code">The code.</param>
internal sealed record ListChangeStep(CapturedExpression Code) : CapturedStep;

/// <summary>A value that is read from a <see cref="ListStep"/>, or is an item of one that a loop runs over.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Element">The code that reads it.</param>
internal sealed record ElementStep(int Id, CapturedExpression Element) : CapturedStep;

/// <summary><c>continue</c> or <c>break</c>.</summary>
/// <param name="Keyword">Which of the two.</param>
internal sealed record JumpStep(string Keyword) : CapturedStep;

/// <summary>Code without a result that concerns no tensor: a check, a log line. It is run, and not replayed.</summary>
/// <param name="Code">The code.</param>
internal sealed record CodeStep(CapturedExpression Code) : CapturedStep;

/// <summary>Code that only the replay runs: a call of a module whose result is no tensor, which the code of <c>forward</c> makes by itself.</summary>
/// <param name="Code">The code.</param>
internal sealed record ReplayStep(CapturedExpression Code) : CapturedStep;

/// <summary>
/// Statements that are kept as they are written, because they are not understood. What they assign are opaque values after them.
/// </summary>
/// <param name="Id">The number of a value that stands for their result in the replay, if there is one.</param>
/// <param name="Code">The statements.</param>
/// <param name="Text">How the user spells them, shortened.</param>
/// <param name="Reads">The values that they read.</param>
/// <param name="HasOutputs">Whether values come out of them that are nodes.</param>
/// <param name="Results">If they end <c>forward</c>, the number of tensors that it returns, else -1.</param>
internal sealed record KeptStep(
    int Id, CapturedExpression Code, string Text, EquatableArray<int> Reads, bool HasOutputs, int Results = -1) : CapturedStep
{
    /// <summary>Whether nothing runs after them.</summary>
    public bool Returns => Results >= 0;
}

/// <summary>The end of <c>forward</c>.</summary>
/// <param name="Values">The values that are returned.</param>
/// <param name="Code">What is returned, if it is not one tensor.</param>
internal sealed record ReturnStep(EquatableArray<int> Values, CapturedExpression? Code = null) : CapturedStep;

/// <summary>An exception.</summary>
/// <param name="Exception">What is thrown.</param>
/// <param name="Text">How the user spells it.</param>
internal sealed record ThrowStep(CapturedExpression Exception, string Text) : CapturedStep;
