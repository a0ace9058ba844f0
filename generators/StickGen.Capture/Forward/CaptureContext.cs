using Microsoft.CodeAnalysis;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <summary>What is known while one method is captured.</summary>
internal sealed class CaptureContext(
    INamedTypeSymbol type, Compilation compilation, ProblemList problems, CancellationToken cancellationToken)
{
    /// <summary>The class whose method it is.</summary>
    public INamedTypeSymbol Type { get; } = type;

    public Compilation Compilation { get; } = compilation;

    public KnownTypes Known { get; } = KnownTypes.Of(compilation);

    public ProblemList Problems { get; } = problems;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>The modules in members of the class, by member name.</summary>
    public Dictionary<string, ModuleField> Modules { get; } = new(StringComparer.Ordinal);

    /// <summary>The parameters and buffers in members of the class, by member name.</summary>
    public Dictionary<string, StateField> States { get; } = new(StringComparer.Ordinal);

    /// <summary>What locals and parameters stand for now.</summary>
    public Dictionary<ISymbol, Binding> Bindings { get; } = new(SymbolEqualityComparer.Default);

    /// <summary>The primary-constructor parameters that were read, by name.</summary>
    public SortedDictionary<string, CapturedParameter> CapturedParameters { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether a member is reached through the class itself.</summary>
    public bool IsOwnMember(ISymbol member) => IsOwnType(member.ContainingType);

    /// <summary>Whether a type is the class or a base of it.</summary>
    public bool IsOwnType(INamedTypeSymbol? container)
    {
        for (var current = Type; current is not null && container is not null; current = current.BaseType)
        {
            if (SymbolEqualityComparer.Default.Equals(current.OriginalDefinition, container.OriginalDefinition))
                return true;
        }

        return false;
    }
}
