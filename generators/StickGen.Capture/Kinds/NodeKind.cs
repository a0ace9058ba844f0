namespace StickGen.Kinds;

/// <summary>Where quantizers are placed around a node that no rule rewrites.</summary>
internal enum KindBehavior
{
    /// <summary>It has a unit of its own, which computes on integers in the integer model.</summary>
    Unit,

    /// <summary>It only moves or selects values: its output is quantized as its input is, and it is kept verbatim.</summary>
    Moves,

    /// <summary>It computes in float. What the user wrote is kept, and its value is quantized where a quantized unit reads it.</summary>
    Float,
}

/// <summary>One kind of node: a line of the table in <see cref="NodeKinds"/>.</summary>
/// <param name="name">The name in patterns and in graphs; the tracer's method for <c>max_pool2d</c> is <c>MaxPool2d</c>.</param>
/// <param name="behavior">How it is quantized.</param>
/// <param name="calls">
/// The functions of <c>torch</c> and of <c>functional</c>, the methods and operators of tensors that compute it, by name; of
/// properties with a dot before the name. A name that ends in <c>_</c> writes into its first tensor.
/// </param>
/// <param name="parameters">
/// The parameters, besides tensors, that a call may be given: <c>name</c>, as the tracer has it; <c>old=new</c>, which the tracer
/// has under another name; <c>name:value</c>, which patterns can compare, with its default; <c>name*</c>, any number of dimensions; <c>name#</c>, a number that may be computed from a shape;
/// <c>-name</c>, of which the tracer need not know; <c>!name</c>, of which it is only told that it is given.
/// </param>
internal sealed class NodeKind(string name, KindBehavior behavior, string calls = "", string parameters = "")
{
    public string Name { get; } = name;

    public KindBehavior Behavior { get; } = behavior;

    public string[] Calls { get; } = Words(calls);

    public IReadOnlyDictionary<string, KindParameter> Parameters { get; } =
        Words(parameters).Select(KindParameter.Parse).ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);

    /// <summary>The classes of namespace <c>TorchSharp.Modules</c> that compute it.</summary>
    public string Modules { get; init; } = "";

    /// <summary>The least number of tensors that it reads.</summary>
    public int Operands { get; init; } = 1;

    /// <summary>The number of further tensors that it may read.</summary>
    public int OptionalOperands { get; init; }

    /// <summary>Whether it reads a list of tensors.</summary>
    public bool TakesList { get; init; }

    /// <summary>Whether it gives several tensors, and a node is one of them.</summary>
    public bool GivesList { get; init; }

    /// <summary>Whether one of its two operands may be a number.</summary>
    public bool TakesNumber { get; init; }

    /// <summary>Whether the operands may change places.</summary>
    public bool IsCommutative { get; init; }

    /// <summary>Whether it computes each element by itself, with nothing but the element.</summary>
    public bool IsElementwise { get; init; }

    /// <summary>Whether the integer model has an operation for it.</summary>
    public bool HasKernel { get; init; } = behavior == KindBehavior.Unit;

    /// <summary>Whether the integer model has an operation for it where one of its operands is a number.</summary>
    public bool HasKernelWithNumber { get; init; }

    /// <summary>Whether the integer model has an operation for a node that reads so many tensors.</summary>
    public bool HasKernelOf(int operands) => HasKernel || (HasKernelWithNumber && operands == 1);

    /// <summary>Whether its unit is given what the code read though the integer model has no operation for it: what it reads may be quantized after training.</summary>
    public bool ShowsOperands { get; init; }

    /// <summary>
    /// Whether the library can compute it without the code of <c>forward</c>. Else it is computed by the code that the user wrote, which only one
    /// unit of its own can run, so that no pattern may contain it.
    /// </summary>
    public bool IsEvaluated => Behavior != KindBehavior.Float || IsElementwise || IsCommutative;

    /// <summary>Whether the tracer has a method for it; the others are all that their name and their tensors say.</summary>
    public bool HasTracerMethod =>
        Behavior == KindBehavior.Unit || TakesNumber || TakesList || GivesList || Name is "identity" or "index" or "state"
        || Parameters.Values.Any(parameter => parameter.Traced is not null);

    private static string[] Words(string text) => text.Split([' '], StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>A parameter that a call of a kind may be given.</summary>
/// <param name="Name">TorchSharp's name.</param>
/// <param name="Traced">The tracer's name, or <see langword="null"/> if it has none.</param>
/// <param name="IsVariadic">Whether it is any number of dimensions.</param>
/// <param name="IsDimension">Whether it may be computed from a shape.</param>
/// <param name="Default">
/// Of one that patterns can compare, what it is where a call does not say: <c>none</c> if it is then not set, <c>?</c> if every call says it. Else <see langword="null"/>.
/// </param>
internal sealed record KindParameter(string Name, string? Traced, bool IsVariadic, bool IsDimension, string? Default = null)
{
    /// <summary>Whether the tracer is told that it is given, and not what it is: nothing is known of what is computed then.</summary>
    public bool IsFlag { get; private init; }

    public static KindParameter Parse(string text)
    {
        if (text[0] == '-')
            return new(text.Substring(1), null, false, false);
        if (text.IndexOf(':') is > 0 and var colon)
            return Parse(text.Substring(0, colon)) with { Default = text.Substring(colon + 1) };
        if (text[0] == '!')
            return new(text.Substring(1), text.Substring(1), false, false) { IsFlag = true };
        var isVariadic = text[text.Length - 1] == '*';
        var isDimension = isVariadic || text[text.Length - 1] == '#';
        var names = text.TrimEnd('*', '#').Split('=');
        return new(names[0], names[names.Length - 1], isVariadic, isDimension);
    }
}
