using System.Linq.Expressions;
using StickGen.Compression;
using static TorchSharp.torch;

namespace StickGen.Distillation;

/// <summary>A value inside of a student that is to be like one of its teacher.</summary>
/// <param name="Student">
/// The layer or unit of the student whose result it is: the path of a module (<c>stage.bn</c>) or the name of a unit, as in the summary (<c>add_relu</c>).
/// </param>
/// <param name="Teacher">The same of the teacher; <see langword="null"/> for the same name.</param>
/// <param name="Weight">The factor of their distance in the loss, 0 or more.</param>
/// <param name="Distance">How the distance is measured.</param>
public sealed record DistilledValue(
    string Student, string? Teacher = null, double Weight = 1, ValueDistance Distance = ValueDistance.MeanSquaredError)
{
    /// <summary>Values that are named by symbols: <c>DistilledValue.Of((Net n) => n.bn2, (BigNet n) => n.bn2)</c>.</summary>
    /// <exception cref="CompressionException">An expression is not of fields and properties one after the other.</exception>
    public static DistilledValue Of<TStudent, TTeacher>(
        Expression<Func<TStudent, nn.Module?>> student, Expression<Func<TTeacher, nn.Module?>> teacher, double weight = 1,
        ValueDistance distance = ValueDistance.MeanSquaredError)
        where TStudent : nn.Module
        where TTeacher : nn.Module =>
        new(SymbolPath.Of(student), SymbolPath.Of(teacher), weight, distance);
}

/// <summary>How far two tensors of one shape are apart.</summary>
public enum ValueDistance
{
    /// <summary>The mean of <c>(a − b)²</c>.</summary>
    MeanSquaredError,

    /// <summary>The mean of <c>|a − b|</c>.</summary>
    MeanAbsoluteError,

    /// <summary><c>1 − cos(a, b)</c> of each sample, in the mean: their sizes do not matter.</summary>
    Cosine,
}
