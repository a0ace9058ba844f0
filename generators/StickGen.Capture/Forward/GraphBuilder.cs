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
    private readonly List<CapturedRegion> statements = [];
    private readonly List<CapturedStep> steps = [];
    private string statement = "";
    private int nextValue = inputs;

    public void BeginStatement(string text)
    {
        EndStatement();
        statement = text;
    }

    public int AddNode(
        string kind, ModuleAccess? module, IEnumerable<int> operands, IEnumerable<CapturedArgument> arguments,
        CapturedExpression code, string label, string text)
    {
        var id = nextValue++;
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

    public void AddCode(CapturedExpression code) => steps.Add(new CodeStep(code));

    public void AddReturn(IEnumerable<int> values) => steps.Add(new ReturnStep(values.ToEquatableArray()));

    public SequenceRegion Build()
    {
        EndStatement();
        return new(statements.ToEquatableArray());
    }

    private void EndStatement()
    {
        if (steps.Count > 0)
            statements.Add(new StatementRegion(statement, steps.ToEquatableArray()));
        steps.Clear();
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
