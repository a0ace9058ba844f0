namespace StickGen.Validation;

/// <summary>A node breaks a convention; the message continues "The node 'x': ".</summary>
internal sealed class RuleException(string message) : Exception(message);
