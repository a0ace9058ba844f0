namespace StickGen.Cli;

/// <summary>What was asked for cannot be done with the files there are; the message says why, for whoever called the tool.</summary>
internal sealed class InputException(string message) : Exception(message);
