using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Diagnostics;
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
            case var found when IsFoundInOwn(found):
                return FoundModule(found);
            case IInvocationOperation or IObjectCreationOperation:
                return Fail(Descriptors.ModuleCreated, operation.Syntax, "a module is created in forward");
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
            new(field.Key, field.Name, code.ToExpression(), field.KeepFloat, field.Type, field.Compressible, field.Bits), field.Kind);
    }

    /// <summary>A module whose type the user knows better than the member's declaration says.</summary>
    private Binding CastModule(IConversionOperation cast)
    {
        return EvaluateModule(cast.Operand) is ModuleBinding module ? AsType(module, cast.Type!) : Binding.Failed;
    }

    private ModuleBinding AsType(ModuleBinding module, ITypeSymbol type)
    {
        var compressible = ModuleTypes.CompressibleChildOf(type, context.Compilation.Assembly);
        var name = TypeNames.NotNull(type);
        var code = new CodeBuilder().Code("((").Part(compressible == CompressibleChild.InThisCompilation ? new(CodePartKind.Variant, name) : CodePart.Code(name)).Code(")")
            .Expression(module.Module.Code).Code(")");
        var known = module.Module with { Code = code.ToExpression() };
        return new ModuleBinding(compressible == CompressibleChild.InThisCompilation ? known with { Type = name, Compressible = compressible } : known, ModuleTypes.KindOf(type));
    }

    /// <summary>An element of a module list or dictionary.</summary>
    private Binding ElementModule(IOperation container, IOperation index, IOperation operation)
    {
        if (EvaluateModule(container) is not ModuleBinding outer)
            return Binding.Failed;
        var type = operation.Type!;
        var isOwn = ModuleTypes.ElementOfList(container.Type) is not null;
        if (index.ConstantValue is not { HasValue: true, Value: { } constant })
        {
            return Configuration(index, "the index of a module is not known when the model is compressed") is { } place
                ? Dynamic(outer.Module.Label, type, new CodeBuilder().Expression(outer.Module.Code).Code("[").Expression(place).Code("]").ToExpression(), outer.Module.Marks, !isOwn)
                : Binding.Failed;
        }

        var key = Convert.ToString(constant, CultureInfo.InvariantCulture) ?? "";
        var text = constant is string ? Microsoft.CodeAnalysis.CSharp.SymbolDisplay.FormatLiteral(key, quote: true) : key;
        var code = new CodeBuilder().Expression(outer.Module.Code).Code($"[{text}]");
        if (outer.Module.IsDynamic)
            return Dynamic(outer.Module.Label + "_" + key, type, code.ToExpression(), outer.Module.Marks, !isOwn);
        var (known, found) = AsClass(type, code.ToExpression());
        return Inner(outer, key, key, found, operation, known, isOwn);
    }

    /// <summary>A module that only the instance knows.</summary>
    /// <param name="label">What its units are named after.</param>
    /// <param name="type">Its declared type.</param>
    /// <param name="code">How it is found.</param>
    /// <param name="marks">The attributes of the member that it is found in.</param>
    /// <param name="reachesInto">Whether it is found inside of a module that is not taken apart, where it is no variant.</param>
    private ModuleBinding Dynamic(string label, ITypeSymbol type, CapturedExpression code, FieldMarks marks, bool reachesInto)
    {
        (type, code) = AsClass(type, code);
        var compressible = reachesInto ? CompressibleChild.No : ModuleTypes.CompressibleChildOf(type, context.Compilation.Assembly);
        var path = string.Concat(code.Forward.Select(part => part.Kind == CodePartKind.Value ? "v" + part.Value : part.Text));
        return new(
            new(path, Identifiers.From(label), code, marks.KeepFloat, TypeNames.NotNull(type), compressible, marks.Bits) { IsDynamic = true },
            ModuleTypes.KindOf(type));
    }

    /// <summary>A module that is declared as an interface, as the class that each such module is of.</summary>
    private (ITypeSymbol Type, CapturedExpression Code) AsClass(ITypeSymbol type, CapturedExpression code)
    {
        if (type is not INamedTypeSymbol { TypeArguments: { Length: > 1 } arguments } || !context.Known.IsModuleInterface(type)
            || context.Known.Module?.ContainingType.GetTypeMembers("Module", arguments.Length).FirstOrDefault() is not { } module)
        {
            return (type, code);
        }

        type = module.Construct([.. arguments]);
        return (type, new CodeBuilder().Code($"(({TypeNames.NotNull(type)})").Expression(code).Code(")").ToExpression());
    }

    /// <summary>Whether an expression finds one of the modules that the class holds: <c>layers.First()</c>, <c>pair.Value</c>, <c>stages[i][0]</c>.</summary>
    private bool IsFoundInOwn(IOperation? operation) => operation switch
    {
        IConversionOperation { Operand: var operand } => IsFoundInOwn(operand),
        IParenthesizedOperation { Operand: var operand } => IsFoundInOwn(operand),
        IArrayElementReferenceOperation element => IsFoundInOwn(element.ArrayReference),
        IImplicitIndexerReferenceOperation element => IsFoundInOwn(element.Instance),
        IInvocationOperation { Instance: { } instance } => IsFoundInOwn(instance),
        IInvocationOperation { TargetMethod.IsExtensionMethod: true, Arguments: { Length: > 0 } arguments } => IsFoundInOwn(arguments[0].Value),
        IFieldReferenceOperation { Instance: IInstanceReferenceOperation, Field.Name: var name } => context.Modules.ContainsKey(name),
        IPropertyReferenceOperation { Instance: IInstanceReferenceOperation, Property.Name: var name } => context.Modules.ContainsKey(name),
        IMemberReferenceOperation { Instance: { } instance } => IsFoundInOwn(instance),
        ILocalReferenceOperation { Local: var local } =>
            context.Bindings.TryGetValue(local, out var binding) && binding is ModuleBinding or ExpressionBinding { Expression.Forward.Count: 1 }
            && (binding is ModuleBinding || loops.Any(loop => loop.Statement?.Locals.Contains(local, SymbolEqualityComparer.Default) is true)),
        _ => false,
    };

    private Binding FoundModule(IOperation operation)
    {
        var label = operation switch
        {
            IMemberReferenceOperation { Instance: ILocalReferenceOperation { Local.Name: var name } } => name,
            IMemberReferenceOperation member => member.Member.Name,
            _ => OneLine.Of(operation.Syntax),
        };
        if (Configuration(operation, "it is not known when the model is compressed which module this is") is not { } code)
            return Binding.Failed;
        var members = code.Forward.Where(part => part.Kind == CodePartKind.Member).Select(part => part.Text).ToArray();
        if (operation is IImplicitIndexerReferenceOperation && members.Length > 0)
            label = members[0];
        return Dynamic(label, operation.Type!, code, MarksOf(code), reachesInto: false);
    }

    /// <summary>The attributes of the members that code finds modules in.</summary>
    private FieldMarks MarksOf(CapturedExpression code)
    {
        var fields = code.Forward.Where(part => part.Kind == CodePartKind.Member && context.Modules.ContainsKey(part.Text))
            .Select(part => context.Modules[part.Text]).ToArray();
        return new(fields.Any(field => field.KeepFloat), fields.Select(field => field.Bits).FirstOrDefault(bits => bits != default));
    }

    /// <summary>A module that is a member of another one.</summary>
    private Binding InnerModule(IOperation owner, IMemberReferenceOperation member)
    {
        if (EvaluateModule(owner) is not ModuleBinding outer)
            return Binding.Failed;
        var code = new CodeBuilder().Expression(outer.Module.Code).Code("." + Identifiers.Escape(member.Member.Name));
        if (outer.Module is { IsDynamic: true, Compressible: CompressibleChild.No })
            return Dynamic(outer.Module.Label + "_" + member.Member.Name, member.Type!, code.ToExpression(), outer.Module.Marks, reachesInto: true);
        return Inner(outer, MemberKeys.Of(member.Member), member.Member.Name, code.ToExpression(), member, member.Type!, isOwn: false);
    }

    private Binding Inner(ModuleBinding outer, string key, string label, CapturedExpression code, IOperation operation, ITypeSymbol declared, bool isOwn)
    {
        if (outer.Module.Compressible != CompressibleChild.No)
            return Fail(operation.Syntax, $"it reaches into '{outer.Module.Label}', which is compressible itself; call that module");
        return new ModuleBinding(
            new(outer.Module.Path + "." + key, Identifiers.From($"{outer.Module.Label}_{label}"), code, outer.Module.KeepFloat,
                TypeNames.NotNull(declared), isOwn ? ModuleTypes.CompressibleChildOf(declared, context.Compilation.Assembly) : CompressibleChild.No, outer.Module.Bits),
            ModuleTypes.KindOf(declared));
    }

    /// <summary>Whether it is a helper of the class that has the name of <c>forward</c> or <c>call</c>, but other parameters.</summary>
    private bool IsOwnOverload(IInvocationOperation call) => !context.Known.IsTorch(call.TargetMethod) && !call.TargetMethod.IsOverride && context.DeclarationOf(Implementation(call.TargetMethod)) is not null;

    private Binding CallModule(IInvocationOperation call)
    {
        if (call.Instance is IInstanceReferenceOperation)
            return (IsBaseCall(call) || IsOwnOverload(call)) && context.Known.IsTensor(call.Type) ? Inline(call) : Fail(call.Syntax, "it calls itself");

        // It has no state, and gives what it is given.
        if (Unconverted(call.Instance!) is IInvocationOperation { TargetMethod.Name: "Identity" } created && context.Known.IsTorch(created.TargetMethod) && call.Arguments.Length == 1)
            return Evaluate(call.Arguments[0].Value);
        if (EvaluateModule(call.Instance!) is not ModuleBinding module)
            return Binding.Failed;

        var arguments = call.Arguments.OrderBy(argument => argument.Parameter?.Ordinal).ToArray();
        if (arguments.Any(argument => argument.ArgumentKind != ArgumentKind.Explicit || !context.Known.IsTensor(argument.Value.Type) || argument.Value.ConstantValue.HasValue || IsNullableVariable(argument.Value))
            || !context.Known.IsTensor(call.Type) || call.Type!.NullableAnnotation == NullableAnnotation.Annotated)
        {
            return CallCompressible(call, module.Module) is { } called ? called
                : context.Known.IsTensor(call.Type) ? EvaluateOpaque(call, module.Module)
                : context.Known.IsTensorTuple(call.Type) ? EvaluateOpaqueTuple(call, module.Module)
                : CallForObject(call, module.Module);
        }

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

        var node = graph.AddNode(
            module.Kind, module.Module, operands, [], code.Code(")").ToExpression(),
            module.Module.Label, OneLine.Of(call.Syntax));
        Places[node] = call.Syntax;
        return new TensorBinding(node);
    }
}
