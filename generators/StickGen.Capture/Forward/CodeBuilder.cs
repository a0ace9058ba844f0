using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <summary>Puts a <see cref="CapturedExpression"/> together from pieces.</summary>
internal sealed class CodeBuilder
{
    private readonly List<CodePart> forward = [];
    private List<CodePart>? replay = [];

    public bool IsDimension { get; set; }

    public bool IsEmpty => forward.Count == 0;

    public CodeBuilder Code(string text) => Part(CodePart.Code(text));

    public CodeBuilder Part(CodePart part)
    {
        Append(forward, part);
        if (replay is not null)
            Append(replay, part);
        return this;
    }

    public CodeBuilder Forward(string text)
    {
        Append(forward, CodePart.Code(text));
        return this;
    }

    public CodeBuilder Replay(string text)
    {
        if (replay is not null)
            Append(replay, CodePart.Code(text));
        return this;
    }

    public CodeBuilder Expression(CapturedExpression expression)
    {
        foreach (var part in expression.Forward)
            Append(forward, part);
        if (expression.Replay is not { } parts)
            replay = null;
        foreach (var part in replay is null ? [] : expression.Replay.GetValueOrDefault())
            Append(replay!, part);
        IsDimension |= expression.IsDimension;
        return this;
    }

    public CodeBuilder ForwardOnly(CapturedExpression expression)
    {
        foreach (var part in expression.Forward)
            Append(forward, part);
        return this;
    }

    /// <summary>Makes the code one that the replay cannot evaluate.</summary>
    public void NotReplayable() => replay = null;

    /// <summary>What a dimension is in is none itself, and the replay cannot evaluate it.</summary>
    public void DropDimension()
    {
        if (IsDimension)
            NotReplayable();
        IsDimension = false;
    }

    /// <summary>Replaces what the replay evaluates.</summary>
    public void ReplayAs(string text) => replay = [CodePart.Code(text)];

    public CapturedExpression ToExpression() =>
        new(forward.ToEquatableArray(), replay?.ToEquatableArray(), IsDimension);

    private static void Append(List<CodePart> parts, CodePart part)
    {
        if (part.Kind == CodePartKind.Code && parts.Count > 0 && parts[parts.Count - 1] is { Kind: CodePartKind.Code } last)
            parts[parts.Count - 1] = CodePart.Code(last.Text + part.Text);
        else
            parts.Add(part);
    }
}
