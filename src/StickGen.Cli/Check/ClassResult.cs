using Microsoft.CodeAnalysis;

namespace StickGen.Cli.Check;

/// <summary>What was found out about one class.</summary>
/// <param name="File">The file it is declared in, in full.</param>
/// <param name="Line">The line of its name, from 1.</param>
/// <param name="Class">Its full name.</param>
/// <param name="Status">How much of it is understood.</param>
/// <param name="OpaqueNodes">The operations that are kept as they are written.</param>
/// <param name="EmittedCompiles">
/// Whether the emitted code compiles without a warning; <see langword="null"/> if nothing is emitted, or if the class itself does
/// not compile here, because references are missing.
/// </param>
/// <param name="Diagnostics">What is to be said about it.</param>
internal sealed record ClassResult(
    string File, int Line, string Class, CaptureStatus Status, int OpaqueNodes, bool? EmittedCompiles, IReadOnlyList<ClassDiagnostic> Diagnostics);

/// <summary>One remark about a class.</summary>
/// <param name="Id">The rule, or the compiler's id of an error in emitted code.</param>
/// <param name="Severity">Error, if nothing is emitted because of it.</param>
/// <param name="Message">What is wrong and what to do.</param>
/// <param name="File">The file; that of the class for what is wrong with emitted code.</param>
/// <param name="Line">The line, from 1.</param>
internal sealed record ClassDiagnostic(string Id, DiagnosticSeverity Severity, string Message, string File, int Line);
