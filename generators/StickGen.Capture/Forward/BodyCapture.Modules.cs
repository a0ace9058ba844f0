using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;

namespace StickGen.Capture.Forward;

/// <content>Which module an expression is, and calls of it.</content>
internal sealed partial class BodyCapture
{
    private Binding EvaluateModule(IOperation operation)
    {
        switch (operation)
        {
            case IInstanceReferenceOperation:
                return Fail(operation.Syntax, "the module itself is used as a value");
            case IConversionOperation { IsImplicit: true } conversion:
                return EvaluateModule(conversion.Operand);
            case IConversionOperation cast:
                return CastModule(cast);
            case IConditionalAccessInstanceOperation when conditionalInstances.Count > 0:
                return EvaluateModule(conditionalInstances.Peek());
            case ILocalReferenceOperation or IParameterReferenceOperation:
                return Evaluate(operation);
            case IFieldReferenceOperation { Instance: IInstanceReferenceOperation } field:
                return OwnModule(field.Field, operation);
            case IPropertyReferenceOperation { Instance: IInstanceReferenceOperation, Arguments.Length: 0 } property:
                return context.Modules.ContainsKey(property.Property.Name)
                    ? OwnModule(property.Property, operation)
                    : InlineProperty(property);
            case IPropertyReferenceOperation { Instance: { } container, Arguments: { Length: 1 } arguments }
                when context.Known.IsModule(container.Type):
                return ElementModule(container, arguments[0].Value, operation);
            case IMemberReferenceOperation { Instance: { } owner } when context.Known.IsModule(owner.Type):
                return InnerModule(owner, (IMemberReferenceOperation)operation);
            case IInvocationOperation or IObjectCreationOperation:
                return Fail(operation.Syntax, "a module is created in forward; create it in the constructor and keep it in a field");
            default:
                return Fail(operation.Syntax, $"it is not known which module '{OneLine.Of(operation.Syntax)}' is");
        }
    }

    private Binding OwnModule(ISymbol member, IOperation operation)
    {
        if (!context.Modules.TryGetValue(member.Name, out var field))
            return Fail(operation.Syntax, $"'{member.Name}' is not a module that the class holds in a field");
        var code = new CodeBuilder().Part(new(CodePartKind.Member, field.Name));
        if (field.IsNullable)
            code.Code("!");
        return new ModuleBinding(
            new(field.Key, field.Name, code.ToExpression(), field.KeepFloat, field.Type, field.Compressible), field.Kind);
    }

    /// <summary>A module whose type the user knows better than the member's declaration says.</summary>
    private Binding CastModule(IConversionOperation cast)
    {
        return EvaluateModule(cast.Operand) is ModuleBinding module ? AsType(module, cast.Type!) : Binding.Failed;
    }

    private static ModuleBinding AsType(ModuleBinding module, ITypeSymbol type)
    {
        var code = new CodeBuilder().Code($"(({TypeNames.NotNull(type)})").Expression(module.Module.Code).Code(")");
        return new ModuleBinding(module.Module with { Code = code.ToExpression() }, ModuleTypes.KindOf(type));
    }

    /// <summary>An element of a module list, at an index that is a constant.</summary>
    private Binding ElementModule(IOperation container, IOperation index, IOperation operation)
    {
        if (EvaluateModule(container) is not ModuleBinding outer)
            return Binding.Failed;
        if (index.ConstantValue is not { HasValue: true, Value: { } constant })
            return Fail(index.Syntax, "the index of a module has to be a constant");
        var key = Convert.ToString(constant, CultureInfo.InvariantCulture) ?? "";
        var text = constant is string ? Microsoft.CodeAnalysis.CSharp.SymbolDisplay.FormatLiteral(key, quote: true) : key;
        var code = new CodeBuilder().Expression(outer.Module.Code).Code($"[{text}]");
        return Inner(outer, key, key, code.ToExpression(), operation);
    }

    /// <summary>A module that is a member of another one.</summary>
    private Binding InnerModule(IOperation owner, IMemberReferenceOperation member)
    {
        if (EvaluateModule(owner) is not ModuleBinding outer)
            return Binding.Failed;
        var code = new CodeBuilder().Expression(outer.Module.Code).Code("." + Identifiers.Escape(member.Member.Name));
        return Inner(outer, MemberKeys.Of(member.Member), member.Member.Name, code.ToExpression(), member);
    }

    private Binding Inner(ModuleBinding outer, string key, string label, CapturedExpression code, IOperation operation)
    {
        if (outer.Module.Compressible != CompressibleChild.No)
            return Fail(operation.Syntax, $"it reaches into '{outer.Module.Label}', which is compressible itself; call that module");
        var declared = operation.Type!;
        return new ModuleBinding(
            new(outer.Module.Path + "." + key, Identifiers.From($"{outer.Module.Label}_{label}"), code, outer.Module.KeepFloat,
                TypeNames.NotNull(declared), CompressibleChild.No),
            ModuleTypes.KindOf(declared));
    }

    private Binding CallModule(IInvocationOperation call)
    {
        if (call.Instance is IInstanceReferenceOperation)
            return IsBaseCall(call) && context.Known.IsTensor(call.Type) ? Inline(call) : Fail(call.Syntax, "it calls itself");

        if (!context.Known.IsTensor(call.Type))
            return Fail(call.Syntax, "a module with several results is not supported yet");
        if (EvaluateModule(call.Instance!) is not ModuleBinding module)
            return Binding.Failed;

        var arguments = call.Arguments.OrderBy(argument => argument.Parameter?.Ordinal).ToArray();
        if (arguments.Any(argument => argument.ArgumentKind != ArgumentKind.Explicit || !context.Known.IsTensor(argument.Value.Type) || argument.Value.ConstantValue.HasValue))
            return EvaluateOpaque(call);

        var operands = new List<int>();
        foreach (var argument in arguments)
        {
            if (Evaluate(argument.Value) is not TensorBinding tensor)
                return Binding.Failed;
            operands.Add(tensor.Value);
        }

        var code = new CodeBuilder().Expression(module.Module.Code).Code($".{call.TargetMethod.Name}(");
        for (var i = 0; i < operands.Count; i++)
        {
            if (i > 0)
                code.Code(", ");
            code.Part(CodePart.ValueOf(operands[i]));
        }

        return new TensorBinding(graph.AddNode(
            module.Kind, module.Module, operands, [], code.Code(")").ToExpression(),
            module.Module.Label, OneLine.Of(call.Syntax)));
    }
}
