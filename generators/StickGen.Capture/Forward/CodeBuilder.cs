using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <summary>Puts a <see cref="CapturedExpression"/> together from pieces.</summary>
internal sealed class CodeBuilder
{
    private readonly List<CodePart> forward = [];

    // As long as the replay runs the same code, it has no list of its own.
    private List<CodePart>? replay;
    private bool isSame = true;

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
        Diverge();
        Append(forward, CodePart.Code(text));
        return this;
    }

    public CodeBuilder Replay(string text)
    {
        Diverge();
        if (replay is not null)
            Append(replay, CodePart.Code(text));
        return this;
    }

    public CodeBuilder Expression(CapturedExpression expression)
    {
        if (expression.Replay is not { } parts || !parts.IsSameAs(expression.Forward))
            Diverge();
        foreach (var part in expression.Forward)
            Append(forward, part);
        if (expression.Replay is null)
            replay = null;
        foreach (var part in replay is null ? [] : expression.Replay.GetValueOrDefault())
            Append(replay!, part);
        IsDimension |= expression.IsDimension;
        return this;
    }

    public CodeBuilder ForwardOnly(CapturedExpression expression)
    {
        Diverge();
        foreach (var part in expression.Forward)
            Append(forward, part);
        return this;
    }

    /// <summary>Makes the code one that the replay cannot evaluate.</summary>
    public void NotReplayable() => (isSame, replay) = (false, null);

    /// <summary>What a dimension is in is none itself, and the replay cannot evaluate it.</summary>
    public void DropDimension()
    {
        if (IsDimension)
            NotReplayable();
        IsDimension = false;
    }

    /// <summary>Replaces what the replay evaluates.</summary>
    public void ReplayAs(string text) => (isSame, replay) = (false, [CodePart.Code(text)]);

    public CapturedExpression ToExpression()
    {
        var written = new EquatableArray<CodePart>(forward.ToArray());
        return new(written, isSame ? written : replay is null ? null : new EquatableArray<CodePart>(replay.ToArray()), IsDimension);
    }

    private void Diverge()
    {
        if (isSame)
            (isSame, replay) = (false, [.. forward]);
    }

    private static void Append(List<CodePart> parts, CodePart part)
    {
        if (part.Kind == CodePartKind.Code && parts.Count > 0 && parts[parts.Count - 1] is { Kind: CodePartKind.Code } last)
            parts[parts.Count - 1] = CodePart.Code(last.Text + part.Text);
        else
            parts.Add(part);
    }
}
