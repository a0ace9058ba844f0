using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;

namespace StickGen.Capture.Forward;

/// <summary>
/// Writes an expression of the user so that it means the same in another file and another class: names become fully
/// qualified, members of the module are read from the original, values of the graph become holes.
/// </summary>
/// <param name="context">What locals and members stand for.</param>
/// <param name="semanticModel">The model of the expression's file.</param>
/// <param name="values">What subexpressions have been captured as.</param>
/// <param name="isCondition">Whether it decides between branches, and so has to know the sizes that it reads.</param>
/// <param name="kept">The names of what is declared in it, if it is kept as it is written.</param>
internal sealed partial class ExpressionWriter(
    CaptureContext context, SemanticModel semanticModel, IReadOnlyDictionary<SyntaxNode, Binding> values, bool isCondition = false, KeptNames? kept = null)
{
    /// <summary>A dimension that is computed in a way that the replay does not follow.</summary>
    public const string UnknownDimension = "global::StickGen.Graphs.Dimension.Unknown";

    /// <summary>Why the expression cannot be written, and where.</summary>
    public (SyntaxNode Node, string Reason)? Failure { get; private set; }

    /// <summary>What is not known there, if that is why.</summary>
    public UnknownBinding? Unknown { get; private set; }

    /// <summary>Writes an expression, or gives <see langword="null"/> and a <see cref="Failure"/>.</summary>
    public CapturedExpression? Write(SyntaxNode expression)
    {
        var code = Visit(expression);
        return Failure is null ? code : null;
    }

    /// <summary>A dimension as the number that it is; the replay ends where it is not known.</summary>
    public static CapturedExpression Known(CapturedExpression dimension, ITypeSymbol? type = null)
    {
        var number = type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable ? nullable.TypeArguments[0] : type;
        var isInt = number is { SpecialType: SpecialType.System_Int32 };
        var code = new CodeBuilder().Replay(isInt ? "(int)t.Known(" : "t.Known(").Expression(dimension).Replay(")");
        code.IsDimension = false;
        return code.ToExpression();
    }

    private CapturedExpression Visit(SyntaxNode node)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        context.CancellationToken.ThrowIfCancellationRequested();
        if (values.Count > 0 && values.TryGetValue(node, out var binding))
            return Write(binding, node);
        if (kept is not null && VisitKept(node) is { } verbatim)
            return verbatim;
        return node switch
        {
            InvocationExpressionSyntax call when IsNameof(call) => Constant(call),
            InvocationExpressionSyntax call => VisitInvocation(call),
            MemberAccessExpressionSyntax access => VisitMemberAccess(access),
            ElementAccessExpressionSyntax access => VisitElementAccess(access),
            SimpleNameSyntax name => VisitName(name),
            MemberBindingExpressionSyntax member when context.AccessedTensors.Count > 0 && context.Known.IsTensor(Symbol(member)?.ContainingType) => new CodeBuilder()
                .Part(CodePart.ValueOf(context.AccessedTensors.Peek())).Code("." + member.Name.Identifier.Text).ToExpression(),
            ElementBindingExpressionSyntax element when context.AccessedTensors.Count > 0 && context.Known.IsTensor(Symbol(element)?.ContainingType) => new CodeBuilder()
                .Part(CodePart.ValueOf(context.AccessedTensors.Peek())).Expression(VisitChildren(element.ArgumentList, keepsDimension: false)).ToExpression(),
            ThisExpressionSyntax => CapturedExpression.Of(new CodePart(CodePartKind.Original, "")),
            BaseExpressionSyntax => Fail(node, "it calls a member of the base class"),
            ArrayTypeSyntax { Parent: ArrayCreationExpressionSyntax } array => new CodeBuilder()
                .Expression(Visit(array.ElementType)).Expression(VisitRanks(array)).ToExpression(),
            PredefinedTypeSyntax or NullableTypeSyntax or ArrayTypeSyntax or TupleTypeSyntax or QualifiedNameSyntax
                or AliasQualifiedNameSyntax => VisitType(node),
            ArgumentSyntax { NameColon: null, RefKindKeyword.RawKind: 0, Expression: var argument } => Visit(argument),
            ParenthesizedExpressionSyntax or ArgumentSyntax => VisitChildren(node, keepsDimension: true),
            CastExpressionSyntax cast => VisitCast(cast),
            BinaryExpressionSyntax binary => VisitBinary(binary),
            AssignmentExpressionSyntax assignment when assignment.Parent is not InitializerExpressionSyntax =>
                Fail(node, "it assigns inside of an expression"),
            PostfixUnaryExpressionSyntax unary when unary.Kind() is not SyntaxKind.SuppressNullableWarningExpression =>
                Fail(node, "it assigns inside of an expression"),
            PrefixUnaryExpressionSyntax unary when unary.Kind() is SyntaxKind.PreIncrementExpression or SyntaxKind.PreDecrementExpression =>
                Fail(node, "it assigns inside of an expression"),
            AwaitExpressionSyntax => Fail(node, "it awaits"),
            QueryExpressionSyntax => Fail(node, "a query is not supported; call the methods"),
            _ => VisitChildren(node, keepsDimension: false),
        };
    }

    private CapturedExpression VisitRanks(ArrayTypeSyntax array)
    {
        var code = new CodeBuilder();
        foreach (var rank in array.RankSpecifiers)
            code.Expression(VisitChildren(rank, keepsDimension: false));
        code.DropDimension();
        return code.ToExpression();
    }

    private CapturedExpression VisitChildren(SyntaxNode node, bool keepsDimension)
    {
        var code = new CodeBuilder();
        var previous = default(SyntaxToken);
        foreach (var child in node.ChildNodesAndTokens())
        {
            var first = child.AsNode()?.GetFirstToken() ?? child.AsToken();
            if (child.AsNode() is SingleVariableDesignationSyntax designation && IsModuleVariable(designation))
                continue;
            if (kept is not null && LineOf(child, node) is { } line)
                code.Code(line);
            else if (!code.IsEmpty && OneLine.IsSpaced(previous, first))
                code.Code(" ");
            if (node is InterpolationSyntax interpolation && child.AsNode() == interpolation.Expression)
                code.Expression(Interpolated(Visit(interpolation.Expression)));
            else if (child.AsNode() is { } childNode)
                code.Expression(Visit(childNode));
            else
                code.Part(Token(child.AsToken()));
            previous = child.AsNode()?.GetLastToken() ?? child.AsToken();
        }

        if (!keepsDimension && node is ExpressionSyntax)
            LoseDimension(code, node);
        return code.ToExpression();
    }

    private CodePart Token(SyntaxToken token) => kept is not null && kept.Declared.TryGetValue(token.SpanStart, out var name)
        ? new(CodePartKind.Local, name)
        : CodePart.Code(TokenText(token));

    /// <summary>In a hole of a string the colons of a qualified name would begin a format.</summary>
    private static CapturedExpression Interpolated(CapturedExpression expression) =>
        expression.Forward.Any(part => part.Kind == CodePartKind.Code && part.Text.Contains("::"))
            ? new CodeBuilder().Code("(").Expression(expression).Code(")").ToExpression()
            : expression;

    /// <summary>A token as it stands on one line; emitted code is indented anew, which must not change a string.</summary>
    private string TokenText(SyntaxToken token)
    {
        if (!token.Text.Any(SyntaxFacts.IsNewLine))
            return token.Text;
        if (token.Value is string value)
            return SymbolDisplay.FormatLiteral(value, quote: true);
        Fail(token.Parent!, "an interpolated string of several lines is not supported");
        return "";
    }

    /// <summary>
    /// A dimension can be multiplied and divided. A whole number that is computed from it in another way is a dimension nobody
    /// knows; anything else the replay cannot evaluate.
    /// </summary>
    private void LoseDimension(CodeBuilder code, SyntaxNode node)
    {
        if (!code.IsDimension)
            return;
        switch (semanticModel.GetTypeInfo(node, context.CancellationToken).Type?.SpecialType)
        {
            case SpecialType.System_Int64 or SpecialType.System_Int32:
                code.ReplayAs(UnknownDimension);
                break;
            case SpecialType.System_Double or SpecialType.System_Single:
                // It may be rounded to a whole number again.
                code.NotReplayable();
                break;
            default:
                code.DropDimension();
                break;
        }
    }

    private CapturedExpression VisitBinary(BinaryExpressionSyntax binary) => VisitChildren(
        binary,
        keepsDimension: binary.Kind() is SyntaxKind.MultiplyExpression or SyntaxKind.DivideExpression && IsWhole(binary));

    private CapturedExpression VisitCast(CastExpressionSyntax cast)
    {
        var operand = Visit(cast.Expression);
        if (!operand.IsDimension)
            return new CodeBuilder().Code("(").Expression(Visit(cast.Type)).Code(")").Expression(operand).ToExpression();
        var code = new CodeBuilder().Forward("(").ForwardOnly(Visit(cast.Type)).Forward(")").Expression(operand);
        if (operand.Replay is null || !IsWhole(cast))
            LoseDimension(code, cast);
        return code.ToExpression();
    }

    private bool IsWhole(ExpressionSyntax expression) =>
        semanticModel.GetTypeInfo(expression, context.CancellationToken).Type is { SpecialType: SpecialType.System_Int64 or SpecialType.System_Int32 };

    private CapturedExpression VisitElementAccess(ElementAccessExpressionSyntax access)
    {
        if (access.Expression is MemberAccessExpressionSyntax shape && IsTensorMember(shape, "shape"))
            return Dimension(shape, access.ArgumentList);
        return kept is null && access.Expression is IdentifierNameSyntax && Symbol(access.Expression) is { } local && context.Shapes.TryGetValue(local, out var tensor)
            ? Dimension(CapturedExpression.Of(CodePart.ValueOf(tensor)), "shape", access.ArgumentList)
            : VisitChildren(access, keepsDimension: false);
    }

    /// <summary>One size of a tensor: <c>x.shape[0]</c>, <c>x.size(0)</c>.</summary>
    private CapturedExpression Dimension(MemberAccessExpressionSyntax access, BaseArgumentListSyntax index) => Dimension(Visit(access.Expression), access.Name.Identifier.Text, index);

    private CapturedExpression Dimension(CapturedExpression tensor, string member, BaseArgumentListSyntax index)
    {
        var code = new CodeBuilder().Expression(tensor).Code("." + member).Expression(VisitChildren(index, false));
        // What the module holds has sizes that are numbers.
        code.IsDimension = tensor.ForwardValues.Any();
        return isCondition && code.IsDimension ? Known(code.ToExpression()) : code.ToExpression();
    }

    /// <summary>A variable of a pattern that stands for a module, and so is not written.</summary>
    private bool IsModuleVariable(SingleVariableDesignationSyntax designation) =>
        semanticModel.GetDeclaredSymbol(designation, context.CancellationToken) is { } variable
        && context.Bindings.TryGetValue(variable, out var binding) && binding is ModuleBinding;

    private CapturedExpression VisitInvocation(InvocationExpressionSyntax call)
    {
        if (call.Expression is MemberAccessExpressionSyntax access)
        {
            var method = Symbol(access) as IMethodSymbol;
            if (IsTensorMember(access, "size") && call.ArgumentList.Arguments.Count == 1)
                return Dimension(access, call.ArgumentList);
            if (IsTensorMember(access, "dim"))
                return new CodeBuilder().Expression(Visit(access.Expression)).Code(".dim()").ToExpression();

            if (method?.ReducedFrom is { } extension && !IsBound(access.Expression))
            {
                var code = new CodeBuilder().Code(TypeNames.Of(extension.ContainingType) + "." + MethodName(access.Name, method));
                code.Code("(").Expression(Visit(access.Expression));
                foreach (var argument in call.ArgumentList.Arguments)
                    code.Code(", ").Expression(Visit(argument));
                code.Code(")");
                LoseDimension(code, call);
                return code.ToExpression();
            }
        }

        return VisitChildren(call, keepsDimension: false);
    }

    /// <summary>Whether an expression begins at the receiver of a <c>?.</c>, so that it cannot be an argument.</summary>
    private static bool IsBound(ExpressionSyntax expression) => expression switch
    {
        MemberBindingExpressionSyntax or ElementBindingExpressionSyntax => true,
        MemberAccessExpressionSyntax access => IsBound(access.Expression),
        InvocationExpressionSyntax call => IsBound(call.Expression),
        ElementAccessExpressionSyntax element => IsBound(element.Expression),
        PostfixUnaryExpressionSyntax unary => IsBound(unary.Operand),
        _ => false,
    };

    private CapturedExpression VisitMemberAccess(MemberAccessExpressionSyntax access)
    {
        var symbol = Symbol(access);
        if (symbol is INamespaceOrTypeSymbol)
            return VisitType(access);
        if (symbol is { ContainingType.IsExtension: true })
            AddExtension(symbol);
        else if (symbol is { IsStatic: true })
            return VisitName(access.Name);
        if (context.WhyUnreachable(symbol) is { } reason)
            return Fail(access.Name, reason);
        if (access.Expression is ThisExpressionSyntax && symbol is not null)
            return Member(access.Name, symbol);
        if (ConfigurationOf(access, symbol) is { } configuration)
            return configuration;
        if (WhyNotReached(access, symbol) is { } hidden)
            return Fail(access.Name, hidden);
        if (IsTensorMember(access, "dtype"))
        {
            // The graph computes in float32.
            var tensor = new CodeBuilder().ForwardOnly(Visit(access.Expression)).Forward(".dtype").Replay("global::TorchSharp.torch.ScalarType.Float32");
            return tensor.ToExpression();
        }

        if (IsTensorMember(access, "IsInvalid"))
            return new CodeBuilder().ForwardOnly(Visit(access.Expression)).Forward(".IsInvalid").Replay("false").ToExpression();
        if (IsTensorMember(access, "ndim"))
            return new CodeBuilder().Expression(Visit(access.Expression)).Code(".ndim").ToExpression();
        if (access is { Name.Identifier.Text: "Length", Expression: MemberAccessExpressionSyntax shape } && IsTensorMember(shape, "shape"))
            return new CodeBuilder().Expression(Visit(shape.Expression)).Code(".shape.Length").ToExpression();

        if (access.Name.Identifier.Text is "Count" or "Length" && access.Expression is SimpleNameSyntax list
            && Symbol(list) is { } listed && context.Bindings.TryGetValue(listed, out var binding) && binding is TensorListBinding { Values: var values })
        {
            return CapturedExpression.Of(CodePart.Code(values.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        var owner = Visit(access.Expression);
        var code = new CodeBuilder().Expression(owner).Code(access.OperatorToken.Text);
        code.Expression(access.Name is GenericNameSyntax generic
            ? new CodeBuilder().Code(generic.Identifier.Text).Expression(VisitChildren(generic.TypeArgumentList, false)).ToExpression()
            : CapturedExpression.Of(CodePart.Code(access.Name.Identifier.Text)));

        // A symbolic tensor has sizes and nothing else.
        if (context.Known.IsTensor(semanticModel.GetTypeInfo(access.Expression, context.CancellationToken).Type) && !owner.IsHeld)
            code.NotReplayable();
        LoseDimension(code, access);
        return code.ToExpression();
    }

    private CapturedExpression VisitName(SimpleNameSyntax name)
    {
        if (Symbol(name) is IMethodSymbol { ReducedFrom: not null } or { ContainingType.IsExtension: true })
            AddExtension(Symbol(name)!);
        if (name.Parent is NameColonSyntax or NameEqualsSyntax or MemberBindingExpressionSyntax or SubpatternSyntax
            || (name.Parent is AssignmentExpressionSyntax { Parent: InitializerExpressionSyntax } assignment && assignment.Left == name))
        {
            return CapturedExpression.Of(CodePart.Code(name.Identifier.Text));
        }

        if (context.WhyUnreachable(Symbol(name)) is { } reason)
            return Fail(name, reason);
        switch (Symbol(name))
        {
            case null when name.Identifier.Text is "var" or "_":
                return CapturedExpression.Of(CodePart.Code(name.Identifier.Text));
            case null:
                return Fail(name, $"'{name.Identifier.Text}' is not known");
            case INamespaceOrTypeSymbol:
                return VisitType(name);
            case ILocalSymbol or IParameterSymbol or IRangeVariableSymbol or IDiscardSymbol:
                return VisitVariable(name);
            case { IsStatic: true, ContainingType: not null } member:
                return CapturedExpression.Of(CodePart.Code(
                    TypeNames.Of(member.ContainingType) + "." + MethodName(name, member)));
            case IMethodSymbol { MethodKind: MethodKind.LocalFunction } function:
                return context.Bindings.TryGetValue(function, out var declared) ? Write(declared, name) : OwnFunction(name, function);
            case var member:
                return Member(name, member);
        }
    }

    private CapturedExpression VisitVariable(SimpleNameSyntax name)
    {
        var symbol = Symbol(name)!;
        if (context.Bindings.TryGetValue(symbol, out var binding))
            return Write(binding, name);
        if (symbol is IParameterSymbol { ContainingSymbol: IMethodSymbol { MethodKind: MethodKind.Constructor } } parameter)
        {
            context.CapturedParameters[parameter.Name] = new(parameter.Name, TypeNames.Of(parameter.Type));
            return CapturedExpression.Of(new(CodePartKind.Original, ""), CodePart.Code(".Captured_" + parameter.Name));
        }

        // What the expression declares itself: a parameter of a lambda, a pattern variable.
        return CapturedExpression.Of(CodePart.Code(name.Identifier.Text));
    }

    private CapturedExpression VisitType(SyntaxNode node)
    {
        var type = semanticModel.GetTypeInfo(node, context.CancellationToken).Type ?? Symbol(node) as ITypeSymbol;
        return type switch
        {
            { TypeKind: TypeKind.Error } or null => Fail(node, $"the type '{OneLine.Of(node)}' is not known"),
            _ when context.WhyUnreachable(type) is { } reason => Fail(node, reason),
            _ when IsTested(node) && ModuleTypes.CompressibleChildOf(type, context.Compilation.Assembly) == CompressibleChild.InThisCompilation =>
                CapturedExpression.Of(new CodePart(CodePartKind.Variant, TypeNames.NotNull(type))),
            _ when node.Parent is not TypeOfExpressionSyntax && WhyOfAnotherType(type) is { } reason => Fail(node, reason),
            _ => CapturedExpression.Of(CodePart.Code(TypeNames.Of(type))),
        };
    }

    /// <summary>Why code must not ask whether a module is of a type.</summary>
    private static string? WhyOfAnotherType(ITypeSymbol type) => ModuleTypes.IsCompressible(type)
        ? $"it names the type '{type.Name}', which is compressible: in a variant its instances are variants, of another type"
        : null;

    /// <summary>An instance member of the module itself.</summary>
    private CapturedExpression Member(SimpleNameSyntax name, ISymbol member)
    {
        if (context.WrittenFields.ContainsKey(member.Name))
            return CapturedExpression.Of(new CodePart(CodePartKind.Member, member.Name)) with { Replay = null };
        if (context.Modules.ContainsKey(member.Name) || context.States.ContainsKey(member.Name))
            return CapturedExpression.Of(new CodePart(CodePartKind.Member, member.Name));
        if (WhyNotKept(member) is { } reason)
            return Fail(name, reason);
        if (RunsModules(member))
            return OwnFunction(name, member);

        // Training mode and the like belong to the module that runs.
        if (member.Name == "training" && context.Known.IsTorch(member))
            return new CodeBuilder().ForwardOnly(CapturedExpression.Of(new CodePart(CodePartKind.Running, ""))).Forward(".training").Replay("t.Training").ToExpression();
        var self = context.Known.IsTorch(member) && member is not IFieldSymbol ? CodePartKind.Running : CodePartKind.Original;
        return CapturedExpression.Of(new(self, ""), CodePart.Code("." + MethodName(name, member)));
    }

    private CapturedExpression Write(Binding binding, SyntaxNode node) => binding switch
    {
        TensorBinding tensor => CapturedExpression.Of(CodePart.ValueOf(tensor.Value)),
        TensorListBinding list => WriteList(list.Values),
        PiecesBinding pieces => pieces.Code with { Replay = null },
        RealListBinding list => CapturedExpression.Of(CodePart.ValueOf(list.List)),
        ModuleBinding module => module.Module.Code,
        ExpressionBinding { Expression: { IsDimension: true } dimension } when isCondition => Known(dimension),
        ExpressionBinding expression => expression.Expression,
        UnknownBinding unknown => Fail(node, unknown),
        TupleBinding tuple when tuple.Elements.All(element => element is ExpressionBinding) => WriteTuple(tuple, node),
        _ => Fail(node, ""),
    };

    /// <summary>A tuple with the names and types that its variable was declared with.</summary>
    private CapturedExpression WriteTuple(TupleBinding tuple, SyntaxNode node)
    {
        if (semanticModel.GetTypeInfo(node, context.CancellationToken).Type is not { } type)
            return Fail(node, $"the type of '{OneLine.Of(node)}' is not known");
        var code = new CodeBuilder().Code($"(({TypeNames.Of(type)})(");
        for (var i = 0; i < tuple.Elements.Count; i++)
            code.Code(i == 0 ? "" : ", ").Expression(((ExpressionBinding)tuple.Elements[i]).Expression);
        code.DropDimension();
        return code.Code("))").ToExpression();
    }

    private static CapturedExpression WriteList(List<int> list)
    {
        var code = new CodeBuilder().Code("new global::TorchSharp.torch.Tensor[] { ");
        for (var i = 0; i < list.Count; i++)
        {
            if (i > 0)
                code.Code(", ");
            code.Part(CodePart.ValueOf(list[i]));
        }

        return code.Code(" }").ToExpression();
    }

    private string MethodName(SimpleNameSyntax name, ISymbol member)
    {
        if (name is not GenericNameSyntax generic)
            return name.Identifier.Text;
        foreach (var argument in generic.TypeArgumentList.Arguments)
        {
            if (semanticModel.GetTypeInfo(argument, context.CancellationToken).Type is { } named && WhyOfAnotherType(named) is { } reason)
                Fail(argument, reason);
        }

        var arguments = generic.TypeArgumentList.Arguments.Select(argument =>
            semanticModel.GetTypeInfo(argument, context.CancellationToken).Type is { } type ? TypeNames.Of(type) : OneLine.Of(argument));
        return $"{member.Name}<{string.Join(", ", arguments)}>";
    }

    private bool IsTensorMember(ExpressionSyntax expression, string name) =>
        expression is MemberAccessExpressionSyntax access
        && access.Name.Identifier.Text == name
        && context.Known.IsTensor(Symbol(access)?.ContainingType);

    private bool IsNameof(InvocationExpressionSyntax call) =>
        call.Expression is IdentifierNameSyntax { Identifier.Text: "nameof" }
        && semanticModel.GetConstantValue(call, context.CancellationToken).HasValue;

    private CapturedExpression Constant(ExpressionSyntax expression) =>
        CapturedExpression.Of(CodePart.Code(SymbolDisplay.FormatPrimitive(
            semanticModel.GetConstantValue(expression, context.CancellationToken).Value ?? "", quoteStrings: true, useHexadecimalNumbers: false) ?? ""));

    private ISymbol? Symbol(SyntaxNode node) => context.SymbolOf(node, semanticModel);

    private CapturedExpression Fail(SyntaxNode node, UnknownBinding unknown)
    {
        if (Failure is null)
            Unknown = unknown;
        return Fail(node, unknown.Reason);
    }

    private CapturedExpression Fail(SyntaxNode node, string reason)
    {
        Failure ??= (node, reason);
        return CapturedExpression.Of();
    }
}
