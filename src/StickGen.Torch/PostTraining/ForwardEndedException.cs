namespace StickGen.PostTraining;

/// <summary>Ends a forward, of which the rest is not needed.</summary>
internal sealed class ForwardEndedException : Exception;
