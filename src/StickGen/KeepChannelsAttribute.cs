namespace StickGen;

/// <summary>
/// Keeps the channels that a module computes, and those of all that are coupled with them: pruning removes none. On a container it holds
/// for the modules inside.
/// </summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class KeepChannelsAttribute : Attribute;
