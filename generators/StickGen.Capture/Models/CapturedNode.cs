using StickGen.Kinds;

namespace StickGen.Capture.Models;

/// <summary>
/// One operation on tensors. It computes the value that has its number; the parameters of <c>forward</c> are the values
/// before the first node.
/// </summary>
/// <param name="Id">Its number, unique in the class and increasing in the order of evaluation.</param>
/// <param name="Kind">One of <see cref="NodeKinds"/>.</param>
/// <param name="Module">The module that is called, if one is.</param>
/// <param name="Operands">The values it reads, in order.</param>
/// <param name="Arguments">Its other arguments, which the replay is given.</param>
/// <param name="Code">How <c>forward</c> calls it.</param>
/// <param name="Label">What a unit is named after: the module's path or the operation, as an identifier.</param>
/// <param name="Text">How the user spells it.</param>
internal sealed record CapturedNode(
    int Id,
    string Kind,
    ModuleAccess? Module,
    EquatableArray<int> Operands,
    EquatableArray<CapturedArgument> Arguments,
    CapturedExpression Code,
    string Label,
    string Text)
{
    /// <summary>Whether it may be null, so that its unit is only run where it is not.</summary>
    public bool IsNullable { get; init; }
}

/// <summary>A module that is reached from the class's own members.</summary>
/// <param name="Path">The registered path: <c>conv1</c>, <c>layers.0</c>; where only the instance knows it, the code that finds the module.</param>
/// <param name="Label">The members it is reached by, as an identifier.</param>
/// <param name="Code">How it is reached.</param>
/// <param name="KeepFloat">Whether the member is marked <c>[KeepFloat]</c>.</param>
/// <param name="Type">The declared type, as code refers to it.</param>
/// <param name="Compressible">Whether that is another compressible class, whose variant quantizes inside of itself.</param>
/// <param name="Bits">What <c>[Bits]</c> of the member asks for.</param>
internal sealed record ModuleAccess(
    string Path, string Label, CapturedExpression Code, bool KeepFloat, string Type, CompressibleChild Compressible,
    RequestedBits Bits = default)
{
    /// <summary>Whether the instance has to be asked which module it is: an element of a list, at an index that is not a constant.</summary>
    public bool IsDynamic { get; init; }

    public FieldMarks Marks => new(KeepFloat, Bits);
}

/// <summary>The attributes of a member that holds modules, which hold for all of them.</summary>
internal readonly record struct FieldMarks(bool KeepFloat, RequestedBits Bits);

/// <summary>An argument that is not a tensor.</summary>
/// <param name="Parameter">The name of TorchSharp's parameter, or <see langword="null"/> for one of a variable number.</param>
/// <param name="Value">The value.</param>
internal sealed record CapturedArgument(string? Parameter, CapturedExpression Value);
