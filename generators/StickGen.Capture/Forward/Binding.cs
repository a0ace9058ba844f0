using Microsoft.CodeAnalysis;
using StickGen.Capture.Models;
using StickGen.Kinds;

namespace StickGen.Capture.Forward;

/// <summary>What an expression, a local or a parameter stands for while <c>forward</c> is captured.</summary>
internal abstract record Binding
{
    /// <summary>Not understood; a problem has been reported.</summary>
    public static readonly Binding Failed = new Nothing();

    /// <summary>Nothing that is computed: a dispose scope, a call without a result.</summary>
    public static readonly Binding None = new Nothing();

    private sealed record Nothing : Binding;
}

/// <summary>Something that is not known, which is a problem where it is read.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Statements">The statements that made it so, if keeping them as they are written may help.</param>
internal sealed record UnknownBinding(string Reason, SyntaxNode[]? Statements = null) : Binding
{
    /// <summary>The list of tensors that it would be, if that were a list in the emitted code from the beginning.</summary>
    public ISymbol? List { get; init; }
}

/// <summary>A value of the graph.</summary>
/// <param name="Value">Its number.</param>
internal sealed record TensorBinding(int Value) : Binding;

/// <summary>An array or list of values. It is shared by all who hold the list, so that <c>Add</c> is seen by all.</summary>
/// <param name="Values">The numbers of the values.</param>
internal sealed record TensorListBinding(List<int> Values) : Binding;

/// <summary>The pieces of a tensor, whose number is not written; one is captured when it is read.</summary>
/// <param name="Kind">The kind of node that gives one.</param>
/// <param name="Operands">The tensors that the call reads.</param>
/// <param name="Arguments">Its other arguments.</param>
/// <param name="Code">The call.</param>
/// <param name="Call">Where it is written.</param>
internal sealed record PiecesBinding(
    NodeKind Kind, List<int> Operands, List<CapturedArgument> Arguments, CapturedExpression Code, IOperation Call) : Binding;

/// <summary>A list of values that is a list in the emitted code too.</summary>
/// <param name="List">Its number, which is among those of the values.</param>
internal sealed record RealListBinding(int List) : Binding;

/// <summary>A tuple, of which at least one element is of the graph.</summary>
/// <param name="Elements">What its elements stand for.</param>
internal sealed record TupleBinding(EquatableArray<Binding> Elements) : Binding;

/// <summary>A module.</summary>
/// <param name="Module">How it is reached.</param>
/// <param name="Kind">One of <see cref="NodeKinds"/>, by its declared type.</param>
internal sealed record ModuleBinding(ModuleAccess Module, string Kind) : Binding;

/// <summary>Anything else: a size, a flag, an option.</summary>
/// <param name="Expression">Its code.</param>
internal sealed record ExpressionBinding(CapturedExpression Expression) : Binding;
