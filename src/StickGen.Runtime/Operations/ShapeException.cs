namespace StickGen.Operations;

/// <summary>The shapes of a node's inputs do not fit its operation.</summary>
public sealed class ShapeException(string message) : Exception(message);
