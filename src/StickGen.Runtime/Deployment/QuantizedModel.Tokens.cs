using System.Numerics;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Planning;

namespace StickGen.Deployment;

/// <content>Running on tokens.</content>
public sealed partial class QuantizedModel
{
    /// <summary>
    /// How many tokens the model knows, 0 to this less 1: the length of the shortest table that it looks them up in. 0 for a model whose inputs are real numbers.
    /// </summary>
    public int Vocabulary { get; }

    /// <summary>Runs a model that reads tokens and has one output, on one text.</summary>
    /// <param name="tokens">The tokens, each from 0 to <see cref="Vocabulary"/> less 1. Of several dynamic dimensions, the last follows from how many there are, and the others are 1.</param>
    /// <param name="output">Where the results go, row-major; exactly as many as <see cref="OutputLength"/> says.</param>
    /// <exception cref="ArgumentException">A length is wrong, or a token is none of the vocabulary; the message says what was given and what would be right.</exception>
    /// <exception cref="InvalidOperationException">The model reads real numbers, or has more than one output.</exception>
    public void Run(ReadOnlySpan<int> tokens, Span<float> output) => RunTokens(tokens, [], output);

    /// <inheritdoc cref="Run(ReadOnlySpan{int}, Span{float})"/>
    public void Run(ReadOnlySpan<long> tokens, Span<float> output) => RunTokens(tokens, [], output);

    /// <summary>Runs a model that reads tokens and has one output, on a batch of texts.</summary>
    /// <param name="tokens">The tokens, row-major, each from 0 to <see cref="Vocabulary"/> less 1.</param>
    /// <param name="shape">Their shape, such as texts and tokens of each.</param>
    /// <param name="output">Where the results go, row-major: as many as the output's shape has elements.</param>
    /// <inheritdoc cref="Run(ReadOnlySpan{int}, Span{float})"/>
    public void Run(ReadOnlySpan<int> tokens, ReadOnlySpan<long> shape, Span<float> output) => RunTokens(tokens, shape, output);

    /// <inheritdoc cref="Run(ReadOnlySpan{int}, ReadOnlySpan{long}, Span{float})"/>
    public void Run(ReadOnlySpan<long> tokens, ReadOnlySpan<long> shape, Span<float> output) => RunTokens(tokens, shape, output);

    /// <summary>Runs a model that reads tokens and has any number of outputs, on a batch of texts.</summary>
    /// <param name="tokens">The tokens, row-major, each from 0 to <see cref="Vocabulary"/> less 1.</param>
    /// <param name="shape">Their shape, such as texts and tokens of each.</param>
    /// <param name="outputs">Where the results go, row-major, in the order of the signature.</param>
    /// <inheritdoc cref="Run(ReadOnlySpan{int}, Span{float})"/>
    public void Run(ReadOnlySpan<int> tokens, ReadOnlySpan<long> shape, ReadOnlySpan<Memory<float>> outputs)
    {
        CheckTokens(tokens);
        ObjectDisposedException.ThrowIf(source.IsClosed, this);
        var pool = TokenPool(tokens.Length, shape);
        CheckOutputs(pool.Plan, outputs);
        var context = pool.Rent();
        CopyTokens(tokens, context.Tokens(0));
        Run(pool, context, outputs);
    }

    private void RunTokens<T>(ReadOnlySpan<T> tokens, ReadOnlySpan<long> shape, Span<float> output)
        where T : unmanaged, IBinaryInteger<T>
    {
        RequireSingle(needsOneOutput: true);
        CheckTokens(tokens);
        ObjectDisposedException.ThrowIf(source.IsClosed, this);
        var pool = TokenPool(tokens.Length, shape);
        CheckOutput(pool.Plan, 0, output.Length);
        var context = pool.Rent();
        CopyTokens(tokens, context.Tokens(0));
        Run(pool, context, output);
    }

    /// <summary>The plan for tokens of a shape, which may be left out.</summary>
    private ContextPool TokenPool(int length, scoped ReadOnlySpan<long> shape)
    {
        var declared = Graph.Inputs[0].Shape!;
        Span<long> assumed = stackalloc long[declared.Rank];
        if (shape.IsEmpty)
        {
            Assume(declared, length, assumed);
            shape = assumed;
        }

        Span<long> sizes = stackalloc long[plans.Sizes.Names.Length];
        sizes.Clear();
        long product = 1;
        for (var i = 0; i < shape.Length && shape.Length == declared.Rank; i++)
        {
            product = shape[i] is < 1 or > int.MaxValue || product > int.MaxValue ? 0 : product * shape[i];
            if (declared[i].Symbol is not { } symbol)
            {
                product = shape[i] == declared[i].Size ? product : 0;
                continue;
            }

            ref var size = ref sizes[Array.IndexOf(plans.Sizes.Names, symbol)];
            if (shape[i] % declared[i].Factor != 0 || (size != 0 && size != shape[i] / declared[i].Factor))
                product = 0;
            size = shape[i] / declared[i].Factor;
        }

        return product == length && shape.Length == declared.Rank
            ? plans.Get(sizes)
            : throw new ArgumentException($"The input '{Graph.Inputs[0].Name}' was given {length} tokens of the shape [{string.Join(", ", shape.ToArray())}]; {declared} is expected.");
    }

    /// <summary>The shape of one text.</summary>
    private static void Assume(Shape declared, int length, Span<long> shape)
    {
        var (open, product) = (-1, 1L);
        for (var i = 0; i < declared.Rank; i++)
        {
            shape[i] = declared[i].Factor;
            open = declared[i].Symbol is null ? open : i;
            product = Math.Min(product * shape[i], int.MaxValue + 1L);
        }

        if (open >= 0 && length % product == 0)
            shape[open] *= length / product;
    }

    private void CheckTokens<T>(ReadOnlySpan<T> tokens)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (Graph.Inputs[0].Type != ElementType.Int32)
            throw new InvalidOperationException($"The input '{Graph.Inputs[0].Name}' has real numbers; use the overload that takes such.");
        var end = T.CreateChecked(Vocabulary);
        for (var i = 0; i < tokens.Length; i++)
        {
            if (T.IsNegative(tokens[i]) || tokens[i] >= end)
                throw new ArgumentOutOfRangeException(nameof(tokens), tokens[i], $"Token {i} is {tokens[i]}; the vocabulary has 0 to {Vocabulary - 1}.");
        }
    }

    private static void CopyTokens<T>(ReadOnlySpan<T> tokens, Span<int> target)
        where T : unmanaged, IBinaryInteger<T>
    {
        for (var i = 0; i < tokens.Length; i++)
            target[i] = int.CreateTruncating(tokens[i]);
    }

    private static int VocabularyOf(ModelGraph graph) => graph.Inputs[0].Type != ElementType.Int32 ? 0
        : (int)graph.Inputs[0].Consumers.Where(n => n.Operation is Embedding).Select(n => n.Inputs[1].Shape![0].Size).DefaultIfEmpty(int.MaxValue).Min();
}
