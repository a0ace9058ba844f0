using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;
using StickGen.Kinds;

namespace StickGen.Capture.Forward;

/// <content>
/// Loops by configuration: over modules, over numbers. The body is captured once. Each variable that holds a tensor stands for a
/// joined value in it, what it was before the loop or what the last iteration left; for one that no iteration assigns, the value
/// from before the loop is put back.
/// </content>
internal sealed partial class BodyCapture
{
    private readonly Stack<Loop> loops = new();

    /// <summary>A loop while its body is captured.</summary>
    private sealed class Loop(IOperation place, Bindings before)
    {
        /// <summary>The statement, or the query that runs as one.</summary>
        public IOperation Place { get; } = place;

        /// <summary>The statement, if it is one.</summary>
        public ILoopOperation? Statement => Place as ILoopOperation;

        /// <summary>What variables stood for before it.</summary>
        public Bindings Before { get; } = before;

        /// <summary>The joined values of the variables that held a tensor before it.</summary>
        public List<(ISymbol Variable, JoinedValue Join)> Joins { get; } = [];

        /// <summary>The ones that some iteration assigns.</summary>
        public HashSet<int> Assigned { get; } = [];

        /// <summary>The value from before the loop that a value of the loop may be.</summary>
        public int? InitialOf(int value)
        {
            foreach (var (_, join) in Joins)
            {
                if (join.Id == value)
                    return join.Initial;
            }

            return null;
        }
    }

    private void RunLoop(ILoopOperation operation, Action runBody)
    {
        graph.BeginChoice();
        foreach (var list in ListsChangedBy(operation))
            MakeReal(list);
        graph.BeginChoice();
        var items = operation is IForEachLoopOperation each ? Items(each) : null;
        RunLoop(
            new Loop(operation, Bindings.Of(context)),
            () => operation switch
            {
                IForEachLoopOperation foreachLoop => BindItems(foreachLoop, items),
                IForLoopOperation forLoop => BindNumbers(forLoop),
                _ => null,
            },
            runBody);
    }

    private void RunLoop(Loop loop, Func<LoopHeader?> bind, Action runBody)
    {
        var before = loop.Before;
        foreach (var variable in before.Variables)
        {
            if (variable.Value is TensorBinding { Value: var initial })
            {
                var join = graph.AddJoin();
                loop.Joins.Add((variable.Key, new(join, initial)));
                context.Bindings[variable.Key] = new TensorBinding(join);
            }
        }

        loops.Push(loop);
        graph.BeginBranch();
        var header = bind();
        runBody();
        EndIteration(loop);
        var regions = graph.EndBranch();
        loops.Pop();

        before.Restore(context);
        foreach (var (variable, join) in loop.Joins)
        {
            if (loop.Assigned.Contains(join.Id))
                context.Bindings[variable] = new TensorBinding(join.Id);
            else
                graph.Replace(join.Id, join.Initial);
        }

        if (header is not null && regions.Count > 0)
        {
            graph.AddLoop(new(
                graph.AddLoopName(LoopName(header)), graph.IterationName(loops.Count), header, new(regions.ToEquatableArray()),
                loop.Joins.Select(join => join.Join).Where(join => loop.Assigned.Contains(join.Id)).ToEquatableArray()));
        }
    }

    /// <summary><c>break</c> and <c>continue</c>, if that is what it is.</summary>
    private bool Jump(IBranchOperation jump)
    {
        if (loops.Count == 0 || loops.Peek() is not { Statement: { } statement } loop || jump.BranchKind is not (BranchKind.Break or BranchKind.Continue))
            return false;
        var target = jump.BranchKind == BranchKind.Break ? statement.ExitLabel : statement.ContinueLabel;
        if (!SymbolEqualityComparer.Default.Equals(jump.Target, target))
            return false;
        EndIteration(loop, jump.BranchKind == BranchKind.Break ? "break" : "continue");
        return true;
    }

    /// <summary>What an iteration hands to the next one, or to what follows the loop.</summary>
    private void EndIteration(Loop loop, string? jump = null)
    {
        graph.BeginStatement("");
        var pending = new List<(int Join, int Value)>();
        foreach (var (variable, join) in loop.Joins)
        {
            if (!context.Bindings.TryGetValue(variable, out var binding) || ReferenceEquals(binding, Binding.Failed))
                continue;
            if (binding is TensorBinding { Value: var value })
            {
                if (value != join.Id)
                    pending.Add((join.Id, value));
            }
            else
            {
                FailVariable(loop, variable);
            }
        }

        foreach (var variable in loop.Before.Variables)
        {
            if (variable.Value is not TensorBinding && context.Bindings.TryGetValue(variable.Key, out var binding)
                && !ReferenceEquals(binding, Binding.Failed) && !binding.Equals(variable.Value))
            {
                FailVariable(loop, variable.Key);
            }
            else if (variable.Value is TensorListBinding { Values: var list } && !list.SequenceEqual(loop.Before.Lists[list]))
            {
                Fail(Place(loop.Place), $"it changes the tensors of '{variable.Key.Name}', which the loop does not name");
            }
        }

        // All are assigned at once: a value that another one still needs is assigned after that, or kept.
        loop.Assigned.UnionWith(pending.Select(assignment => assignment.Join));
        while (pending.Count > 0)
        {
            var next = pending.FindIndex(assignment => pending.All(other => other.Value != assignment.Join));
            if (next < 0)
            {
                var (kept, copy) = (pending[0].Join, graph.AddCopy(pending[0].Join));
                pending = [.. pending.Select(assignment => assignment.Value == kept ? (assignment.Join, copy) : assignment)];
                next = 0;
            }

            graph.AddJoinedValue(pending[next].Join, pending[next].Value);
            pending.RemoveAt(next);
        }

        if (jump is not null)
            graph.AddJump(jump);
    }

    private void FailVariable(Loop loop, ISymbol variable) =>
        Fail(Place(loop.Place), $"what '{variable.Name}' is depends on how often this loop has run, which is not supported yet");

    /// <summary>The items of a <c>foreach</c>, as they are written above it.</summary>
    private CapturedExpression? Items(IForEachLoopOperation loop)
    {
        var collection = loop.Collection;
        while (collection is IConversionOperation { IsImplicit: true } conversion)
            collection = conversion.Operand;
        if (loop.IsAsynchronous || context.Known.IsTensor(collection.Type))
        {
            Fail(collection.Syntax, loop.IsAsynchronous ? "'await foreach' is not supported" : "it loops over the elements of a tensor");
            return null;
        }

        return ItemsOf(collection);
    }

    private CapturedExpression? ItemsOf(IOperation collection)
    {
        var items = Configuration(collection, "it loops over something that is not known when the model is compressed");
        if (items?.Forward.Any(part => part.Kind == CodePartKind.Running) is not true)
            return items;
        Fail(collection.Syntax, "it loops over what is registered in the module itself, where a variant has more");
        return null;
    }

    private LoopHeader? BindItems(IForEachLoopOperation loop, CapturedExpression? items)
    {
        var names = new Dictionary<ISymbol, string>(SymbolEqualityComparer.Default);
        foreach (var variable in loop.Locals)
        {
            var name = graph.AddName(variable.Name);
            names.Add(variable, name);
            var code = CapturedExpression.Of(new CodePart(CodePartKind.Local, name));
            context.Bindings[variable] = items is null ? Binding.Failed : BindItem(variable.Name, variable.Type, code, items);
        }

        if (items is null)
            return null;
        var target = loop.LoopControlVariable is IDeclarationExpressionOperation { Expression: var expression } ? expression : loop.LoopControlVariable;
        if (Target(target, names) is not { } text)
        {
            Fail(loop.LoopControlVariable.Syntax, "its variables are declared elsewhere");
            return null;
        }

        // Where the declaration says more than the collection does, as of the children of a Sequential.
        if (target is IVariableDeclaratorOperation { Symbol.Type: var declared } && ItemType(loop) is { } type
            && !SymbolEqualityComparer.Default.Equals(declared, type) && !ModuleTypes.IsCompressible(declared))
        {
            items = new CodeBuilder().Code($"global::System.Linq.Enumerable.Cast<{TypeNames.NotNull(declared)}>(").Expression(items).Code(")").ToExpression();
        }

        return new ForEachHeader(items, text);
    }

    private Binding BindItem(string variable, ITypeSymbol type, CapturedExpression code, CapturedExpression items)
    {
        if (context.Known.IsTensor(type))
        {
            // Of a list that forward fills the replay has one too; of others it has tensors, which are no values of the graph.
            return new TensorBinding(items.ForwardValues.Any()
                ? graph.AddElement(code)
                : graph.AddNode(NodeKinds.Member, null, [], [Literal(variable)], code.WithoutReplay(), variable, variable));
        }

        if (context.Known.IsModule(type))
            return Dynamic(variable, type, code, MarksOf(items), reachesInto: false);
        return new ExpressionBinding(code);
    }

    private static ITypeSymbol? ItemType(IForEachLoopOperation loop) =>
        loop.SemanticModel?.GetForEachStatementInfo((CommonForEachStatementSyntax)loop.Syntax).ElementType;

    /// <summary>The variables of a <c>foreach</c>, as they are written.</summary>
    private static string? Target(IOperation target, Dictionary<ISymbol, string> names) => target switch
    {
        IVariableDeclaratorOperation { Symbol: var symbol } when names.TryGetValue(symbol, out var name) => Identifiers.Escape(name),
        ILocalReferenceOperation { Local: var local } when names.TryGetValue(local, out var name) => Identifiers.Escape(name),
        IDiscardOperation => "_",
        IDeclarationExpressionOperation declaration => Target(declaration.Expression, names),
        ITupleOperation tuple when tuple.Elements.Select(element => Target(element, names)).ToArray() is var parts && !parts.Contains(null) =>
            $"({string.Join(", ", parts)})",
        _ => null,
    };

    /// <summary>The variables of a <c>for</c>, its condition and its step.</summary>
    private LoopHeader? BindNumbers(IForLoopOperation loop)
    {
        var initial = new CodeBuilder();
        string? index = null;
        foreach (var declarator in loop.Before.OfType<IVariableDeclarationGroupOperation>().SelectMany(group => group.Declarations).SelectMany(d => d.Declarators))
        {
            context.Bindings[declarator.Symbol] = Binding.Failed;
            if (declarator.GetVariableInitializer() is not { Value: var value } || declarator.Symbol.Type is not { SpecialType: SpecialType.System_Int32 or SpecialType.System_Int64 })
                return FailLoop(declarator.Syntax, "a 'for' has to count whole numbers");
            if (Configuration(value, "it begins at something that is not known when the model is compressed") is not { } code)
                return null;
            var name = graph.AddName(declarator.Symbol.Name);
            initial.Code(index is null ? TypeNames.Of(declarator.Symbol.Type) + " " : ", ").Part(new(CodePartKind.Local, name)).Code(" = ").Expression(code);
            index ??= name;
            context.Bindings[declarator.Symbol] = new ExpressionBinding(CapturedExpression.Of(new CodePart(CodePartKind.Local, name)));
        }

        if (index is null || loop.Condition is null)
            return FailLoop(loop.Syntax, "a 'for' has to declare what it counts, and when it ends");
        if (Configuration(loop.Condition, "it branches on something that is not known when the model is compressed") is not { } condition)
            return null;
        var step = new CodeBuilder();
        foreach (var operation in loop.AtLoopBottom)
        {
            if (Step(operation is IExpressionStatementOperation { Operation: var inner } ? inner : operation) is not { } code)
                return FailLoop(operation.Syntax, Unsupported.Expression(operation));
            step.Code(step.IsEmpty ? "" : ", ").Expression(code);
        }

        return new ForHeader(index, initial.ToExpression(), condition, step.ToExpression());
    }

    private CapturedExpression? Step(IOperation step)
    {
        var (target, text, value) = step switch
        {
            IIncrementOrDecrementOperation change => (change.Target, change.Kind == OperationKind.Increment ? "++" : "--", null),
            ICompoundAssignmentOperation { OperatorMethod: null, Syntax: AssignmentExpressionSyntax { OperatorToken.Text: var token } } change =>
                (change.Target, $" {token} ", change.Value),
            ISimpleAssignmentOperation change => (change.Target, " = ", change.Value),
            _ => (null, "", null),
        };
        if (target is not ILocalReferenceOperation { Local: var local } || !context.Bindings.TryGetValue(local, out var binding)
            || binding is not ExpressionBinding { Expression: { IsDimension: false } current } || current.Forward.Count != 1)
        {
            return null;
        }

        var code = new CodeBuilder().Expression(current).Code(text);
        if (value is null)
            return code.ToExpression();
        return Configuration(value, "it steps by something that is not known when the model is compressed") is { } by ? code.Expression(by).ToExpression() : null;
    }

    private LoopHeader? FailLoop(SyntaxNode syntax, string reason)
    {
        Fail(syntax, reason);
        return null;
    }

    /// <summary>Code that the instance decides, and that computes no tensor.</summary>
    private CapturedExpression? Configuration(IOperation operation, string whyNot)
    {
        while (operation is IConversionOperation { IsImplicit: true } conversion)
            operation = conversion.Operand;
        if (!IsDecidedByConfiguration(operation, isLoop: true))
            return null;
        var computed = graph.NextValue;
        if (WriteCondition(operation, operation.Syntax) is not { } code)
            return null;
        if (code.Replay is not null && graph.NextValue == computed)
            return code;
        Fail(operation.Syntax, whyNot);
        return null;
    }

    /// <summary>What the units of a loop are found by: the modules that it runs over, as far as it names them.</summary>
    private static string LoopName(LoopHeader header) =>
        header.Code().SelectMany(code => code.Forward).FirstOrDefault(part => part.Kind == CodePartKind.Member) is { Text: { Length: > 0 } member } ? member : "loop";

    /// <summary>Whether an operation in place may write into a tensor that something else holds too, as far as loops and lists hide that.</summary>
    private bool MayBeShared(int value)
    {
        foreach (var loop in loops)
        {
            if (loop.InitialOf(value) is not { } initial)
                continue;
            var holders = loop.Before.Variables.Values.Count(binding => binding is TensorBinding tensor && tensor.Value == initial);
            if (holders > 1 || loop.Before.Lists.Values.Any(list => list.Contains(initial)))
                return true;
            value = initial;
        }

        return inRealLists.Contains(value) || (context.Bindings.Values.Any(binding => binding is RealListBinding) && !graph.IsComputed(value));
    }

    /// <summary>What is underlined: what decides, not all that it decides on.</summary>
    private static SyntaxNode Place(IOperation operation) => operation switch
    {
        IConditionalOperation conditional => conditional.Condition.Syntax,
        IForEachLoopOperation loop => loop.Collection.Syntax,
        IWhileLoopOperation { Condition: { } condition } => condition.Syntax,
        IForLoopOperation { Condition: { } condition } => condition.Syntax,
        ISwitchOperation @switch => @switch.Value.Syntax,
        _ => operation.Syntax,
    };
}
