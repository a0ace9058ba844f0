namespace StickGen.Capture.Models;

/// <summary>
/// A part of <c>forward</c>. Regions form a tree: configuration decides which of them run, tensors never do.
/// </summary>
internal abstract record CapturedRegion;

/// <summary>Regions that run one after another.</summary>
/// <param name="Regions">The regions.</param>
internal sealed record SequenceRegion(EquatableArray<CapturedRegion> Regions) : CapturedRegion;

/// <summary>What one statement of <c>forward</c> computes.</summary>
/// <param name="Text">The statement on one line.</param>
/// <param name="Steps">Its steps in the order of evaluation.</param>
internal sealed record StatementRegion(string Text, EquatableArray<CapturedStep> Steps) : CapturedRegion;

/// <summary>One step of a statement.</summary>
internal abstract record CapturedStep;

/// <summary>An operation on tensors.</summary>
/// <param name="Node">The operation.</param>
internal sealed record NodeStep(CapturedNode Node) : CapturedStep;

/// <summary>A local that is not a tensor: a size, a flag.</summary>
/// <param name="Name">Its name, unique in the class.</param>
/// <param name="Type">Its type as code refers to it.</param>
/// <param name="Value">Its value.</param>
internal sealed record LocalStep(string Name, string Type, CapturedExpression Value) : CapturedStep;

/// <summary>Code without a result that concerns no tensor: a check, a log line. It is run, and not replayed.</summary>
/// <param name="Code">The code.</param>
internal sealed record CodeStep(CapturedExpression Code) : CapturedStep;

/// <summary>The end of <c>forward</c>.</summary>
/// <param name="Values">The values that are returned.</param>
internal sealed record ReturnStep(EquatableArray<int> Values) : CapturedStep;
