namespace System.Runtime.CompilerServices;

/// <summary>What the compiler asks for to compile <c>init</c> accessors and records, which netstandard2.0 lacks.</summary>
internal static class IsExternalInit;
