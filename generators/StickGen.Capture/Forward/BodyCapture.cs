using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;
using StickGen.Capture.Parsing;

namespace StickGen.Capture.Forward;

/// <summary>
/// Runs a method symbolically over its operation tree: every tensor becomes a value of the graph, every operation on
/// tensors a node; what the method's locals stand for at each point is kept in <see cref="CaptureContext.Bindings"/>.
/// Whatever is not understood is reported once, at its exact place, and the capture goes on, to find the rest.
/// </summary>
/// <param name="context">What is known while the method is captured.</param>
/// <param name="graph">Where the nodes go.</param>
/// <param name="returnsOneTensor">Whether the method returns one tensor, which is never null.</param>
internal sealed partial class BodyCapture(
    CaptureContext context, GraphBuilder graph, bool returnsOneTensor = true)
{
    private readonly CaptureContext context = context;
    private readonly GraphBuilder graph = graph;

    /// <summary>The operations that no kernel computes, as they were met, and whether they are of no known kind either.</summary>
    public List<(SyntaxNode Syntax, string Text, bool IsOpaque)> OperationsWithoutKernel { get; } = [];

    /// <summary>The parts of tensors that are assigned.</summary>
    public List<SyntaxNode> SliceAssignments { get; } = [];

    /// <summary>What was not understood.</summary>
    public List<Failure> Failures { get; } = [];

    /// <summary>Where the nodes are written.</summary>
    public Dictionary<int, SyntaxNode> Places { get; } = [];

    /// <summary>What is returned as one tensor, and where.</summary>
    public List<(int Value, SyntaxNode Syntax)> Returns { get; } = [];

    /// <summary>The calls that write into a tensor, of which the emitted code makes a copy first.</summary>
    public List<SyntaxNode> CallsOnCopies { get; } = [];

    /// <summary>In a pattern, what a call says about it that is no operation.</summary>
    public Func<IInvocationOperation, string?>? PatternKind { get; init; }

    /// <summary>Captures the body of a method whose parameters are bound, and whether it ends with a result.</summary>
    public bool Capture(SyntaxNode method, SemanticModel semanticModel)
    {
        var frame = new Frame(this);
        var operation = semanticModel.GetOperation(method, context.CancellationToken);
        if (operation is IMethodBodyOperation { BlockBody: { } block })
        {
            running.Push((block, false));
            if (context.Kept.Contains(block.Syntax))
                frame.Keep(block.Operations, 0, isAll: true);
            else
                frame.Run(block);
            running.Pop();
        }
        else
        {
            frame.Run(operation);
        }

        return frame.HasEnded;
    }

    /// <summary>One activation of a method: the statements that ran, up to its return.</summary>
    /// <param name="capture">Whoever runs it.</param>
    /// <param name="isInlined">Whether its statements count as part of the statement that calls it.</param>
    private sealed class Frame(BodyCapture capture, bool isInlined = false)
    {
        /// <summary>What is returned, if the method is inlined.</summary>
        public Binding? Result { get; private set; }

        public bool HasEnded { get; private set; }

        /// <summary>Runs a statement.</summary>
        /// <param name="operation">The statement.</param>
        /// <param name="then">
        /// What runs after it. Only a statement that may end an inlined method needs to know: what follows it belongs into the
        /// branch that does not end.
        /// </param>
        public void Run(IOperation? operation, Action? then = null)
        {
            if (HasEnded)
                return;
            capture.context.CancellationToken.ThrowIfCancellationRequested();
            switch (operation)
            {
                case null or IEmptyOperation or ILocalFunctionOperation:
                    break;
                case IMethodBodyOperation method:
                    Run(method.BlockBody ?? method.ExpressionBody, then);
                    return;
                case IBlockOperation block:
                    RunAll(block.Operations, 0, then);
                    return;
                case IUsingOperation scope:
                    Declare(scope.Resources, IsLast(scope));
                    Run(scope.Body, then);
                    return;
                case IUsingDeclarationOperation declaration:
                    Declare(declaration.DeclarationGroup);
                    break;
                case IVariableDeclarationGroupOperation declaration:
                    Begin(declaration);
                    capture.Declare(declaration);
                    break;
                case IExpressionStatementOperation statement:
                    Begin(statement);
                    capture.Execute(statement.Operation);
                    break;
                case IConditionalOperation conditional:
                    BeginChoice();
                    var arms = new List<Arm>();
                    var rest = Rest(conditional, then);
                    capture.AddArms(conditional, arms, branch => RunBranch([branch], rest));
                    RunChoice(arms, rest, then);
                    return;
                case ISwitchOperation choice:
                    BeginChoice();
                    var restOfSwitch = Rest(choice, then);
                    RunChoice(Arms(choice, restOfSwitch), restOfSwitch, then);
                    return;
                case IForEachLoopOperation or IForLoopOperation:
                    RunLoop((ILoopOperation)operation);
                    break;
                case IBranchOperation jump when capture.Jump(jump):
                    HasEnded = true;
                    return;
                case IThrowOperation { Exception: { } exception }:
                    Begin(operation);
                    capture.Throw(exception);
                    HasEnded = true;
                    return;
                case IReturnOperation { ReturnedValue: { } value } @return:
                    Begin(@return);
                    Return(value);
                    return;
                case IReturnOperation:
                    Result = Binding.None;
                    HasEnded = true;
                    return;
                default:
                    capture.Fail(Unsupported.RuleOf(operation), Place(operation), Unsupported.Statement(operation));
                    break;
            }

            then?.Invoke();
        }

        private void RunLoop(ILoopOperation loop)
        {
            if (isInlined && Returns(loop))
            {
                capture.Fail(Place(loop), "this helper returns from inside of a loop");
                return;
            }

            BeginChoice();
            capture.RunLoop(loop, () => RunBranch([loop.Body], null));
            HasEnded = false;
            Result = null;
        }

        private void RunAll(ImmutableArray<IOperation> statements, int index, Action? then)
        {
            // Statements run one after the other, and inside of one another only where one may end the method.
            RuntimeHelpers.EnsureSufficientExecutionStack();
            for (; index < statements.Length && !HasEnded && !capture.IsStopped; index++)
            {
                var statement = statements[index];
                capture.running.Push((statement, isInlined));
                if (capture.context.Kept.Contains(statement.Syntax))
                {
                    Keep(statements, index);
                }
                else if (isInlined && statement is IConditionalOperation or ISwitchOperation or IBlockOperation or IUsingOperation && Returns(statement))
                {
                    Run(statement, () => RunAll(statements, index + 1, then));
                    capture.running.Pop();
                    return;
                }
                else
                {
                    Run(statement);
                }

                capture.running.Pop();
            }

            if (!HasEnded)
                then?.Invoke();
        }

        /// <summary>Keeps a statement as it is written, with all that follow it if it may end the method.</summary>
        public void Keep(ImmutableArray<IOperation> statements, int index, bool isAll = false)
        {
            if (!isInlined)
                capture.graph.BeginStatement("");
            HasEnded = capture.Keep(statements, index, isInlined, isAll);
        }

        private static bool Returns(IOperation statement) => statement.Descendants().Any(inner => inner is IReturnOperation);

        private void Return(IOperation value)
        {
            while (value is IConversionOperation { OperatorMethod: null, Operand: IThrowOperation } conversion)
                value = conversion.Operand;
            HasEnded = true;
            if (value is IThrowOperation { Exception: { } exception })
                capture.Throw(exception);
            else if (capture.Evaluate(value) is var result && isInlined)
                Result = result;
            else if (!ReferenceEquals(result, Binding.Failed))
                capture.AddReturn(value, result);
            else if (capture.Failures.Count == 0)
                capture.Fail(value.Syntax, "it is not known what it returns");
        }

        /// <summary>Of an inlined method, what has to run inside of the branches, because one of them returns.</summary>
        private Action? Rest(IOperation choice, Action? then)
        {
            if (!isInlined || !Returns(choice))
                return null;
            var isDone = false;
            return () =>
            {
                if (isDone)
                    capture.Fail(Place(choice), "this helper goes on after more than one branch of a choice that also returns");
                else
                    then?.Invoke();
                isDone = true;
            };
        }

        private void RunChoice(List<Arm> arms, Action? rest, Action? then)
        {
            if (rest is not null && arms.All(arm => arm.Condition is not null))
                arms.Add(new(null, () => RunBranch([], rest)));
            if (arms.Count > 0)
            {
                var outcome = arms[0].Condition is null ? arms[0].Run() : capture.Choose(arms);
                Result = outcome.Result;
                HasEnded = outcome.Leaves || Result is not null;
            }

            if (rest is null && !HasEnded)
                then?.Invoke();
        }

        private Outcome RunBranch(ImmutableArray<IOperation> statements, Action? rest)
        {
            HasEnded = false;
            Result = null;
            RunAll(statements, 0, rest);

            // An inlined method that returns leaves no code behind it: its value is what the branch gives.
            return new(HasEnded && Result is null, Result);
        }

        private List<Arm> Arms(ISwitchOperation choice, Action? rest)
        {
            var arms = new List<Arm>();
            Arm? otherwise = null;
            foreach (var section in choice.Cases)
            {
                var body = section.Body;
                if (body.Length == 1 && body[0] is IBlockOperation block)
                    body = block.Operations;
                if (body.Length > 0 && body[body.Length - 1] is IBranchOperation { BranchKind: BranchKind.Break })
                    body = body.RemoveAt(body.Length - 1);
                Func<Outcome> run = () => RunBranch(body, rest);
                if (section.Clauses.Any(clause => clause is IDefaultCaseClauseOperation))
                    otherwise = new(null, run);
                else
                    arms.Add(new(capture.CaseCondition(choice.Value, section.Clauses.Select(Label)), run));
            }

            if (otherwise is not null)
                arms.Add(otherwise);
            return arms;
        }

        private static (SyntaxNode Pattern, SyntaxNode? Guard) Label(ICaseClauseOperation clause) => clause.Syntax switch
        {
            CasePatternSwitchLabelSyntax pattern => (pattern.Pattern, pattern.WhenClause?.Condition),
            CaseSwitchLabelSyntax constant => (constant.Value, null),
            var other => (other, null),
        };

        private void BeginChoice()
        {
            if (!isInlined)
                capture.graph.BeginStatement("");
        }

        /// <summary>Whether nothing runs after a statement, so that what holds to its end holds to the end of <c>forward</c>.</summary>
        private static bool IsLast(IOperation statement) => statement.Parent switch
        {
            IBlockOperation { Operations: var statements } block => statements[statements.Length - 1] == statement && IsLast(block),
            IMethodBodyOperation => true,
            IUsingOperation outer => IsLast(outer),
            _ => false,
        };

        /// <param name="resources">What a <c>using</c> disposes.</param>
        /// <param name="isLast">Whether it holds to the end of <c>forward</c>.</param>
        private void Declare(IOperation resources, bool isLast = false)
        {
            Begin(resources.Parent is IUsingDeclarationOperation declared ? declared : resources);
            if (!isInlined && (isLast || resources.Parent is IUsingDeclarationOperation) && Resources(resources).All(capture.IsModeOfTorch))
            {
                capture.DeclareMode(resources);
                return;
            }

            foreach (var resource in Resources(resources))
            {
                if (!capture.IsUnderstoodResource(resource.Type))
                    capture.Fail(resource.Syntax, $"'using' of '{OneLine.Of(resource.Syntax)}' is not supported, only of tensors and dispose scopes");
            }

            if (resources is IVariableDeclarationGroupOperation declaration)
                capture.Declare(declaration);
            else
                capture.Evaluate(resources);
        }

        private static IEnumerable<IOperation> Resources(IOperation resources)
        {
            var values = resources is IVariableDeclarationGroupOperation group
                ? group.Declarations.SelectMany(declaration => declaration.Declarators).Select(declarator => declarator.GetVariableInitializer()?.Value).OfType<IOperation>()
                : [resources];
            return values.Select(value => value is IConversionOperation { IsImplicit: true } conversion ? conversion.Operand : value);
        }

        private void Begin(IOperation statement)
        {
            if (isInlined)
                return;
            var text = OneLine.Of(statement.Syntax);
            capture.graph.BeginStatement(statement.IsImplicit && statement is IReturnOperation ? $"return {text};" : text, capture.context.LineOf(statement.Syntax));
        }
    }

    /// <summary>
    /// Whether disposing it is all that a <c>using</c> is for. <c>no_grad</c> and its like change what runs in between, and a
    /// variant without them would be another model.
    /// </summary>
    private bool IsUnderstoodResource(ITypeSymbol? type) =>
        IsGraphType(type) || type is null or IErrorTypeSymbol || SymbolEqualityComparer.Default.Equals(type, context.Known.DisposeScope);

    /// <summary>Whether something is a mode in which TorchSharp computes, such as <c>no_grad()</c>.</summary>
    private bool IsModeOfTorch(IOperation resource) => resource is IInvocationOperation call && context.Known.IsTorch(call.TargetMethod) && !IsUnderstoodResource(call.Type);

    /// <summary>A mode that holds up to the end of the block is declared in the emitted <c>forward</c> too; there, branches have blocks of their own.</summary>
    private void DeclareMode(IOperation resources)
    {
        var modes = resources is IVariableDeclarationGroupOperation group
            ? group.Declarations.SelectMany(declaration => declaration.Declarators).Select(declarator => (declarator.Symbol.Name, declarator.GetVariableInitializer()?.Value))
            : [("mode", resources)];
        foreach (var (name, mode) in modes)
        {
            if (mode is null || Evaluate(mode) is not ExpressionBinding { Expression: var code })
                return;
            graph.AddCode(new CodeBuilder().Code($"using var {graph.AddName(name)} = ").Expression(code).ToExpression());
        }
    }

    private void Declare(IVariableDeclarationGroupOperation group)
    {
        foreach (var declarator in group.Declarations.SelectMany(declaration => declaration.Declarators))
        {
            if (declarator.GetVariableInitializer() is { } initializer)
            {
                Bind(declarator.Symbol, Evaluate(initializer.Value), declarator.Syntax);
                BindShape(declarator.Symbol, initializer.Value);
            }
            else if (!IsGraphType(declarator.Symbol.Type) && declarator.Symbol.Type is not (null or IErrorTypeSymbol or { IsAnonymousType: true }))
                context.Bindings[declarator.Symbol] = new ExpressionBinding(Followed(declarator.Symbol, graph.AddUnassignedLocal(declarator.Symbol.Name, TypeNames.Of(declarator.Symbol.Type))));
        }
    }

    /// <summary>Makes a local or parameter stand for something; expressions get a local of their own.</summary>
    private void Bind(ISymbol variable, Binding binding, SyntaxNode syntax)
    {
        if (binding is ExpressionBinding { Expression: var expression })
        {
            expression = Followed(variable, expression);
            var type = (variable as ILocalSymbol)?.Type ?? (variable as IParameterSymbol)?.Type;
            if (type is null or { IsAnonymousType: true } or IErrorTypeSymbol)
                Fail(syntax, $"the type of '{variable.Name}' cannot be written");
            else
                binding = new ExpressionBinding(graph.AddLocal(variable.Name, ModuleTypes.NamesCompressible(type) ? "var" : TypeNames.Of(type), expression));
        }

        // What an index is when the module is looked up, it need not be when the module is called.
        if (binding is ModuleBinding { Module: { IsDynamic: true, Code: { Forward.Count: > 1 } found } module } dynamic)
            binding = dynamic with { Module = module with { Code = graph.AddLocal(variable.Name, "var", found) } };
        context.Bindings[variable] = binding;
        if (binding is TensorListBinding { Values: var list } && context.RealLists.Contains(variable))
            MakeReal(list);
    }

    /// <summary>What a variable is, as far as the replay follows it.</summary>
    private CapturedExpression Followed(ISymbol variable, CapturedExpression value) =>
        context.UnknownVariables.Contains(variable) ? value.WithoutReplay() : value;

    /// <summary>An assignment; in a branch one to a local is an assignment in the emitted code too.</summary>
    private void Reassign(ISymbol variable, Binding binding, SyntaxNode syntax)
    {
        if (binding is not ExpressionBinding { Expression: var value } || !graph.IsInBranch
            || !context.Bindings.TryGetValue(variable, out var old)
            || old is not ExpressionBinding { Expression: { Forward.Count: 1 } current }
            || current.Forward[0] is not { Kind: CodePartKind.Local, Text: var local })
        {
            Bind(variable, binding, syntax);
            return;
        }

        if (current.Replay is not null && value.Replay is null)
            Forget(variable, syntax, $"'{variable.Name}' is then not known when the model is compressed");
        if (value.IsDimension && !current.IsDimension)
            value = ExpressionWriter.Known(value, TypeOf(variable));
        graph.AddAssignment(local, value);
    }

    private Binding Fail(SyntaxNode syntax, string reason) => Fail(Descriptors.NotCaptured, syntax, reason);

    /// <summary>Reports a mistake that has a rule of its own.</summary>
    private Binding Fail(DiagnosticDescriptor descriptor, SyntaxNode syntax, string reason)
    {
        if (reason.Length > 0)
            Failures.Add(new(descriptor, syntax, reason, Keepable()) { Helper = StaticHelper() });
        return Binding.Failed;
    }

    private Binding Fail(SyntaxNode syntax, UnknownBinding unknown)
    {
        Failures.Add(new(Descriptors.NotCaptured, syntax, unknown.Reason, [.. unknown.Statements ?? [], .. Keepable()]) { Helper = StaticHelper(), List = unknown.List });
        return Binding.Failed;
    }

    private ISymbol? StaticHelper() => inlined.LastOrDefault(method => method is { IsStatic: true } and not IMethodSymbol { MethodKind: MethodKind.LocalFunction });

    /// <summary>The statements that are being captured and that could be kept as they are written, innermost first.</summary>
    private SyntaxNode[] Keepable()
    {
        var statements = new List<SyntaxNode>();
        foreach (var (statement, isInlined) in running)
        {
            if (!isInlined || !statement.DescendantsAndSelf().Any(inner => inner is IReturnOperation))
                statements.Add(statement.Syntax);
        }

        return [.. statements];
    }
}
