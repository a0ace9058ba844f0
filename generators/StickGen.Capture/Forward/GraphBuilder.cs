using System.Globalization;
using StickGen.Capture.Models;

namespace StickGen.Capture.Forward;

/// <summary>Numbers the nodes and gathers the steps of each statement.</summary>
/// <param name="inputs">The number of inputs, which are the first values.</param>
/// <param name="reservedNames">Names that locals must not have.</param>
internal sealed class GraphBuilder(int inputs, IEnumerable<string> reservedNames)
{
    // What the emitted methods call their own locals and members.
    private readonly HashSet<string> names = new(reservedNames, StringComparer.Ordinal) { "model", "t", "scope", "origin", "units" };
    private readonly Stack<List<CapturedRegion>> outer = new();
    private readonly List<CapturedStep> steps = [];
    private List<CapturedRegion> regions = [];
    private string statement = "";

    /// <summary>The number that the next value will have.</summary>
    public int NextValue { get; private set; } = inputs;

    /// <summary>Whether what is added now runs only if configuration says so.</summary>
    public bool IsInBranch => outer.Count > 0;

    public void BeginStatement(string text)
    {
        EndStatement();
        statement = text;
    }

    /// <summary>Ends what runs before a choice, and gives the text of the statement if nothing of it has run yet.</summary>
    public string BeginChoice()
    {
        EndStatement();
        var text = statement;
        statement = "";
        return text;
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
        statement = "";
        var branch = regions;
        regions = outer.Pop();
        return branch;
    }

    public void AddChoice(ChoiceRegion choice) => regions.Add(choice);

    /// <summary>A number for a value that branches compute in different ways.</summary>
    public int AddJoin() => NextValue++;

    public int AddNode(
        string kind, ModuleAccess? module, IEnumerable<int> operands, IEnumerable<CapturedArgument> arguments,
        CapturedExpression code, string label, string text)
    {
        var id = NextValue++;
        steps.Add(new NodeStep(new(
            id, kind, module, operands.ToEquatableArray(), arguments.ToEquatableArray(), code, label, text)));
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

    public void AddReturn(IEnumerable<int> values) => steps.Add(new ReturnStep(values.ToEquatableArray()));

    public SequenceRegion Build()
    {
        EndStatement();
        return UnreadJoins.Remove(new(regions.ToEquatableArray()));
    }

    private void EndStatement()
    {
        if (steps.Count == 0)
            return;
        regions.Add(new StatementRegion(statement, steps.ToEquatableArray()));
        steps.Clear();
        statement = "";
    }

    private string Unique(string name)
    {
        // Values are called v1, v2, …
        if (name.Length > 1 && name[0] == 'v' && name.Skip(1).All(char.IsDigit))
            name += "_";
        var unique = name;
        for (var i = 2; !names.Add(unique); i++)
            unique = name + "_" + i.ToString(CultureInfo.InvariantCulture);
        return unique;
    }
}
