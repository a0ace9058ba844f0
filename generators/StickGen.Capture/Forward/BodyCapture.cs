using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Operations;
using StickGen.Capture.Diagnostics;
using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <summary>
/// Runs a method symbolically over its operation tree: every tensor becomes a value of the graph, every operation on
/// tensors a node; what the method's locals stand for at each point is kept in <see cref="CaptureContext.Bindings"/>.
/// Whatever is not understood is reported once, at its exact place, and the capture goes on, to find the rest.
/// </summary>
internal sealed partial class BodyCapture(CaptureContext context, GraphBuilder graph, Action<SyntaxNode, string> fail)
{
    private readonly CaptureContext context = context;
    private readonly GraphBuilder graph = graph;

    /// <summary>The operations that no kernel computes, as they were met.</summary>
    public List<(SyntaxNode Syntax, string Text)> OpaqueOperations { get; } = [];

    /// <summary>Captures the body of a method whose parameters are bound, and gives what it returns.</summary>
    public Binding Capture(SyntaxNode method, SemanticModel semanticModel)
    {
        var frame = new Frame(this);
        var body = semanticModel.GetOperation(method, context.CancellationToken);
        frame.Run(body);
        return frame.Result ?? Binding.None;
    }

    /// <summary>One activation of a method: the statements that ran, up to its return.</summary>
    /// <param name="capture">Whoever runs it.</param>
    /// <param name="isInlined">Whether its statements count as part of the statement that calls it.</param>
    private sealed class Frame(BodyCapture capture, bool isInlined = false)
    {
        public Binding? Result { get; private set; }

        public void Run(IOperation? operation)
        {
            if (Result is not null)
                return;
            capture.context.CancellationToken.ThrowIfCancellationRequested();
            switch (operation)
            {
                case null or IEmptyOperation or ILocalFunctionOperation:
                    break;
                case IMethodBodyOperation method:
                    Run(method.BlockBody ?? method.ExpressionBody);
                    break;
                case IBlockOperation block:
                    foreach (var statement in block.Operations)
                        Run(statement);
                    break;
                case IUsingOperation scope:
                    Declare(scope.Resources);
                    Run(scope.Body);
                    break;
                case IUsingDeclarationOperation declaration:
                    Begin(declaration);
                    capture.Declare(declaration.DeclarationGroup);
                    break;
                case IVariableDeclarationGroupOperation declaration:
                    Begin(declaration);
                    capture.Declare(declaration);
                    break;
                case IExpressionStatementOperation statement:
                    Begin(statement);
                    capture.Execute(statement.Operation);
                    break;
                case IReturnOperation { ReturnedValue: null }:
                    Result = Binding.None;
                    break;
                case IReturnOperation @return:
                    Begin(@return);
                    Result = capture.Evaluate(@return.ReturnedValue!);
                    break;
                default:
                    capture.Fail(Place(operation), Unsupported.Statement(operation));
                    break;
            }
        }

        private void Declare(IOperation resources)
        {
            Begin(resources);
            if (resources is IVariableDeclarationGroupOperation declaration)
                capture.Declare(declaration);
            else
                capture.Evaluate(resources);
        }

        private void Begin(IOperation statement)
        {
            if (isInlined)
                return;
            var text = OneLine.Of(statement.Syntax);
            capture.graph.BeginStatement(statement.IsImplicit && statement is IReturnOperation ? $"return {text};" : text);
        }

        /// <summary>What is underlined: the condition that decides, not all that it decides on.</summary>
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

    private void Declare(IVariableDeclarationGroupOperation group)
    {
        foreach (var declarator in group.Declarations.SelectMany(declaration => declaration.Declarators))
        {
            if (declarator.GetVariableInitializer() is { } initializer)
                Bind(declarator.Symbol, Evaluate(initializer.Value), declarator.Syntax);
        }
    }

    /// <summary>Makes a local or parameter stand for something; expressions get a local of their own.</summary>
    private void Bind(ISymbol variable, Binding binding, SyntaxNode syntax)
    {
        if (binding is ExpressionBinding { Expression: var expression })
        {
            var type = (variable as ILocalSymbol)?.Type ?? (variable as IParameterSymbol)?.Type;
            if (type is null or { IsAnonymousType: true } or IErrorTypeSymbol)
                Fail(syntax, $"the type of '{variable.Name}' cannot be written");
            else
                binding = new ExpressionBinding(graph.AddLocal(variable.Name, Parsing.TypeNames.Of(type), expression));
        }

        context.Bindings[variable] = binding;
    }

    private Binding Fail(SyntaxNode syntax, string reason)
    {
        if (reason.Length > 0)
            fail(syntax, reason);
        return Binding.Failed;
    }
}
