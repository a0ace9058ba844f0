using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace StickGen.Cli.Sources;

/// <summary>What is compiled together: a project, or a folder of loose files.</summary>
/// <param name="Path">The project file or the folder, in full.</param>
/// <param name="Files">The C# files, in full and in order.</param>
/// <param name="Options">How they are compiled.</param>
/// <param name="ProjectReferences">The project files it refers to.</param>
/// <param name="AssemblyReferences">The assemblies it refers to, as far as they are there.</param>
internal sealed record SourceProject(
    string Path,
    IReadOnlyList<string> Files,
    SourceOptions Options,
    IReadOnlyList<string> ProjectReferences,
    IReadOnlyList<string> AssemblyReferences)
{
    /// <summary>The name of the assembly.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path.TrimEnd(System.IO.Path.DirectorySeparatorChar)) is { Length: > 0 } name ? name : "Sources";
}

/// <summary>What of a project's settings changes the meaning of its code.</summary>
/// <param name="Nullable">The nullable context.</param>
/// <param name="Language">The language version, at least that which emitted code is written in.</param>
/// <param name="Symbols">The symbols that <c>#if</c> tests.</param>
/// <param name="Usings">Global usings, as they are written after <c>global using</c>.</param>
internal sealed record SourceOptions(
    NullableContextOptions Nullable, LanguageVersion Language, IReadOnlyList<string> Symbols, IReadOnlyList<string> Usings)
{
    /// <summary>The assemblies that may use what is internal.</summary>
    public IReadOnlyList<string> Friends { get; init; } = [];

    /// <summary>What a new project has.</summary>
    public static readonly SourceOptions Default = new(NullableContextOptions.Enable, LanguageVersion.CSharp14, [], ImplicitUsings.Sdk);
}
