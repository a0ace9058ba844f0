namespace StickGen.Decoding;

/// <summary>A node does not compute each position by itself; the message continues "The node 'x': ".</summary>
internal sealed class RefusedException(string message) : Exception(message);
