using System.Globalization;
using StickGen.Capture.Models;
using StickGen.Capture.Planning;
using StickGen.Kinds;

namespace StickGen.Capture.Forward;

/// <summary>Numbers the nodes and gathers the steps of each statement.</summary>
/// <param name="inputs">The names of the inputs, which are the first values.</param>
/// <param name="members">The names of members that emitted code reads.</param>
internal sealed class GraphBuilder(IReadOnlyCollection<string> inputs, IEnumerable<string> members)
{
    // What the emitted methods call their own locals and members.
    private readonly HashSet<string> names = new(inputs.Concat(members), StringComparer.Ordinal) { "model", "t", "scope", "origin", "units" };
    private readonly HashSet<string> loopNames = new(inputs.Concat(SitePlanner.ReservedNames), StringComparer.Ordinal);
    private readonly Stack<List<CapturedRegion>> outer = new();
    private readonly List<CapturedStep> steps = [];
    private readonly Dictionary<int, int> replacements = [];
    private readonly HashSet<int> computed = [];
    private readonly HashSet<int> nullable = [];
    private readonly List<string> iterationNames = [];
    private IReadOnlyDictionary<int, int>? numbers;
    private List<CapturedRegion> regions = [];
    private string statement = "";
    private int? line;

    /// <summary>The number that the next value will have.</summary>
    public int NextValue { get; private set; } = inputs.Count;

    /// <summary>Whether what is added now runs only if configuration says so.</summary>
    public bool IsInBranch => outer.Count > 0;

    /// <summary>Whether a value is the result of a node, and so another tensor than all before.</summary>
    public bool IsComputed(int value) => computed.Contains(value);

    /// <summary>Whether a value is the result of a node that gives null at times, which the replay cannot tell and takes to be there.</summary>
    public bool IsNullable(int value) => nullable.Contains(value);

    /// <summary>Notes that a value is null where another such value is.</summary>
    public void SetNullable(int value) => nullable.Add(value);

    /// <summary>Begins a statement.</summary>
    /// <param name="text">How it is written.</param>
    /// <param name="line">Its line, counted from the attribute of the class, if that is in the same file.</param>
    public void BeginStatement(string text, int? line = null)
    {
        EndStatement();
        (statement, this.line) = (text, line);
    }

    /// <summary>Ends what runs before a choice, and gives the text and the line of the statement if nothing of it has run yet.</summary>
    public (string Text, int? Line) BeginChoice()
    {
        EndStatement();
        var begun = (statement, line);
        (statement, line) = ("", null);
        return begun;
    }

    public void BeginBranch()
    {
        outer.Push(regions);
        regions = [];
    }

    /// <summary>Ends a branch, whose regions can be added to until the choice is built of them.</summary>
    public List<CapturedRegion> EndBranch()
    {
        EndStatement();
        (statement, line) = ("", null);
        var branch = regions;
        regions = outer.Pop();
        return branch;
    }

    public void AddChoice(ChoiceRegion choice) => regions.Add(choice);

    public void AddLoop(LoopRegion loop) => regions.Add(loop);

    /// <summary>A number for a value that branches or iterations compute in different ways.</summary>
    public int AddJoin() => NextValue++;

    /// <summary>Makes one value stand for another, wherever that is read.</summary>
    public void Replace(int value, int by) => replacements[value] = by;

    /// <summary>Keeps what a value is now.</summary>
    public int AddCopy(int value)
    {
        var id = NextValue++;
        steps.Add(new CopyStep(id, value));
        return id;
    }

    public void AddJoinedValue(int join, int value) => steps.Add(new JoinStep(join, value));

    public void AddJump(string keyword) => steps.Add(new JumpStep(keyword));

    /// <summary>A list that is a list in the emitted code too.</summary>
    public int AddList(IEnumerable<int> items)
    {
        var id = NextValue++;
        steps.Add(new ListStep(id, items.ToEquatableArray()));
        return id;
    }

    public void AddListChange(CapturedExpression code) => steps.Add(new ListChangeStep(code));

    public int AddElement(CapturedExpression element)
    {
        var id = NextValue++;
        steps.Add(new ElementStep(id, element));
        return id;
    }

    /// <summary>A name for a local of the emitted code.</summary>
    public string AddName(string name) => Unique(name);

    /// <summary>A name for what belongs to one iteration of a loop; loops beside each other can have the same one.</summary>
    /// <param name="depth">The number of loops that the loop is in.</param>
    public string IterationName(int depth)
    {
        while (iterationNames.Count <= depth)
            iterationNames.Add(Unique("at"));
        return iterationNames[depth];
    }

    /// <summary>A name for a loop, which none of the inputs has.</summary>
    public string AddLoopName(string name) => Unique(name, loopNames);

    public int AddNode(
        string kind, ModuleAccess? module, IEnumerable<int> operands, IEnumerable<CapturedArgument> arguments,
        CapturedExpression code, string label, string text, bool isNullable = false)
    {
        var id = NextValue++;
        if (isNullable)
            nullable.Add(id);
        if (kind is not NodeKinds.Identity)
            computed.Add(id);
        steps.Add(new NodeStep(new(
            id, kind, module, operands.ToEquatableArray(), arguments.ToEquatableArray(), code, label, text) { IsNullable = isNullable }));
        return id;
    }

    /// <summary>Adds a local; an assignment to a local adds another one.</summary>
    public CapturedExpression AddLocal(string name, string type, CapturedExpression value)
    {
        var unique = Unique(name);
        steps.Add(new LocalStep(unique, type, value));
        var reference = new EquatableArray<CodePart>([new(CodePartKind.Local, unique)]);
        return new(reference, value.Replay is null ? null : reference, value.IsDimension);
    }

    /// <summary>Adds a local that branches will assign.</summary>
    public CapturedExpression AddUnassignedLocal(string name, string type)
    {
        var unique = Unique(name);
        steps.Add(new LocalStep(unique, type, null));
        return CapturedExpression.Of(new CodePart(CodePartKind.Local, unique));
    }

    public void AddAssignment(string local, CapturedExpression value) => steps.Add(new AssignmentStep(local, value));

    public void AddThrow(CapturedExpression exception, string text) => steps.Add(new ThrowStep(exception, text));

    public void AddCode(CapturedExpression code) => steps.Add(new CodeStep(code));

    public void AddReplayed(CapturedExpression code) => steps.Add(new ReplayStep(code));

    /// <summary>Statements that are kept as they are written.</summary>
    /// <param name="code">The statements.</param>
    /// <param name="text">How the user spells them.</param>
    /// <param name="reads">The values that they read.</param>
    /// <param name="hasOutputs">Whether nodes follow that are what they assign.</param>
    /// <param name="results">If they end <c>forward</c>, the number of tensors that it returns.</param>
    public void AddKept(CapturedExpression code, string text, IEnumerable<int> reads, bool hasOutputs, int results = -1) =>
        steps.Add(new KeptStep(NextValue++, code, text, reads.ToEquatableArray(), hasOutputs, results));

    public void AddReturn(IEnumerable<int> values, CapturedExpression? code = null) => steps.Add(new ReturnStep(values.ToEquatableArray(), code));

    public SequenceRegion Build()
    {
        EndStatement();
        var body = new SequenceRegion(regions.ToEquatableArray());
        return body.DescendantsAndSelf().Any(region => region is LoopRegion)
            ? ValueNumbers.Compact(body, inputs.Count, replacements, out numbers)
            : UnreadJoins.Remove(body);
    }

    /// <summary>The number that a value has in what was built; -1 if it is not there.</summary>
    public int FinalNumber(int value)
    {
        value = ValueNumbers.Resolve(value, replacements);
        return numbers is null || value < inputs.Count ? value : numbers.TryGetValue(value, out var number) ? number : -1;
    }

    private void EndStatement()
    {
        if (steps.Count == 0)
            return;
        regions.Add(new StatementRegion(statement, steps.ToEquatableArray()) { Line = line });
        steps.Clear();
        (statement, line) = ("", null);
    }

    private string Unique(string name)
    {
        // Values are called v1, v2, …
        if (name.Length > 1 && name[0] == 'v' && name.Skip(1).All(char.IsDigit))
            name += "_";
        return Unique(name, names);
    }

    private static string Unique(string name, HashSet<string> taken)
    {
        var unique = name;
        for (var i = 2; !taken.Add(unique); i++)
            unique = name + "_" + i.ToString(CultureInfo.InvariantCulture);
        return unique;
    }
}
