using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Models;
using StickGen.Kinds;

namespace StickGen.Capture.Forward;

/// <content>Parts of tensors: subscripts, properties, and the pieces of <c>chunk</c>, <c>split</c> and <c>unbind</c>.</content>
internal sealed partial class BodyCapture
{
    /// <summary>The pieces that a call gives: a list where their number is written, else something that is only known piece by piece.</summary>
    private Binding? PiecesOf(IInvocationOperation call)
    {
        if (KnownKind(call) is not { GivesList: true } kind)
            return null;
        if (Arguments(call, kind) is not var (operands, arguments, code))
            return Binding.Failed;
        if (!IsReplayable(kind, arguments))
            return null;
        var pieces = new PiecesBinding(kind, operands, arguments, code, call);
        return CountOf(call) is { } count
            ? new TensorListBinding([.. Enumerable.Range(0, count).Select(index => Piece(pieces, index).Value)])
            : pieces;
    }

    private static int? CountOf(IInvocationOperation call)
    {
        if (call.Arguments.FirstOrDefault(argument => argument.Parameter?.Name is "chunks") is { Value.ConstantValue: { HasValue: true, Value: { } chunks } })
            return Convert.ToInt64(chunks, CultureInfo.InvariantCulture) is > 0 and <= 64 and var count ? (int)count : null;
        return call.Arguments.FirstOrDefault(argument => argument.Parameter?.Name is "sizes" or "split_size_or_sections") is { } sizes
            ? ElementsOf(sizes.Value)?.Count
            : null;
    }

    /// <summary>One piece, at an index that is a constant: <c>x.chunk(2, 1)[0]</c>, or of a local that holds the pieces.</summary>
    private TensorBinding? PieceAt(IOperation? list, IOperation? index)
    {
        var binding = list switch
        {
            ILocalReferenceOperation { Local: var local } => KnownList(local),
            IInvocationOperation call when context.Known.IsTensorList(call.Type) && ConstantIndex(index) is not null => PiecesOf(call),
            _ => null,
        };
        if (ConstantIndex(index) is not { } position)
            return null;
        return binding switch
        {
            PiecesBinding pieces => Piece(pieces, position),
            TensorListBinding { Values: var values } when list is IInvocationOperation && position >= -values.Count && position < values.Count =>
                new(values[position < 0 ? position + values.Count : position]),
            _ => null,
        };
    }

    private static int? ConstantIndex(IOperation? index) => index switch
    {
        IUnaryOperation { OperatorKind: UnaryOperatorKind.Hat, Operand.ConstantValue: { HasValue: true, Value: int position } } => -position,
        { ConstantValue: { HasValue: true, Value: int position } } => position,
        _ => null,
    };

    private TensorBinding Piece(PiecesBinding pieces, int index)
    {
        var position = CapturedExpression.Of(CodePart.Code(index.ToString(CultureInfo.InvariantCulture)));
        var code = new CodeBuilder().Expression(pieces.Code).Code(index < 0 ? $"[^{-index}]" : $"[{index}]").ToExpression();
        return new(AddKnown(pieces.Kind, pieces.Call, pieces.Operands, [new("index", position), .. pieces.Arguments], code));
    }

    /// <summary>A property of a tensor that is another tensor: <c>x.mT</c>.</summary>
    private Binding EvaluateProperty(IPropertyReferenceOperation property)
    {
        if (NodeKinds.OfCall("." + property.Property.Name).FirstOrDefault() is not { } kind || Evaluate(property.Instance!) is not TensorBinding tensor)
            return EvaluateOpaque(property);
        var code = new CodeBuilder().Part(CodePart.ValueOf(tensor.Value)).Code("." + property.Property.Name);
        return new TensorBinding(AddKnown(kind, property, [tensor.Value], [], code.ToExpression()));
    }

    /// <summary>A tensor read by subscripts: numbers, ranges and <c>TensorIndex</c>.</summary>
    private Binding EvaluateSubscripts(IPropertyReferenceOperation access)
    {
        var values = new Dictionary<SyntaxNode, Binding>();
        var subscripts = new List<IOperation>();
        foreach (var argument in access.Arguments)
        {
            if (argument.ArgumentKind == ArgumentKind.ParamArray && ElementsOf(argument.Value) is { } elements)
                subscripts.AddRange(elements);
            else
                subscripts.Add(argument.Value);
        }

        // A tensor as a subscript selects by value, and an array is not known one by one.
        if (subscripts.Any(subscript => subscript.DescendantsAndSelf().Any(inner => context.Known.IsTensor(inner.Type)) && !IsSize(subscript)
                || Unconverted(subscript).Type is IArrayTypeSymbol))
        {
            return EvaluateOpaque(access);
        }

        var operands = new List<int>();
        if (!AddOperands(access.Instance!, operands, values))
            return Binding.Failed;
        var arguments = new List<CapturedArgument>();
        foreach (var subscript in subscripts)
        {
            if (Argument(subscript, values) is not { } expression)
                return Binding.Failed;
            // Of subscripts, only what TorchSharp's own functions make can be said in the replay.
            if (Unconverted(subscript).Type is { Name: "TensorIndex" }
                && !(expression.Forward.Count > 0 && expression.Forward[0].Text.StartsWith("global::TorchSharp.torch.TensorIndex", StringComparison.Ordinal)))
            {
                expression = expression with { Replay = null };
            }

            arguments.Add(new(null, AsSubscript(expression)));
        }

        if (Write(access.Syntax, values) is not { } code)
            return Binding.Failed;
        return arguments.All(argument => argument.Value is { Replay: not null, IsDimension: false })
            ? new TensorBinding(AddKnown(NodeKinds.Get(NodeKinds.Index), access, operands, arguments, code))
            : AddOpaque(access, code);
    }

    /// <summary>Whether all that is read of tensors in a subscript is their sizes.</summary>
    private bool IsSize(IOperation subscript) =>
        Unconverted(subscript).Type is { SpecialType: SpecialType.System_Int64 or SpecialType.System_Int32 };

    /// <summary>TorchSharp's <c>TensorIndex</c> cannot be read; the replay has its own.</summary>
    private static CapturedExpression AsSubscript(CapturedExpression expression) => expression with
    {
        Replay = expression.Replay?.Select(part => part.Kind == CodePartKind.Code
            ? CodePart.Code(part.Text.Replace("global::TorchSharp.torch.TensorIndex", "global::StickGen.Compression.Subscript"))
            : part).ToEquatableArray(),
    };
}
