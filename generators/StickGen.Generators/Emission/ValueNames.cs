using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>
/// The locals that hold values. A value that a branch computes only to be what the branch leaves behind is assigned to the
/// variable of the joined value at once: <c>v7 = units.down.forward(v0);</c>.
/// </summary>
internal sealed class ValueNames
{
    private readonly Dictionary<int, int> joins = [];

    public ValueNames(SequenceRegion body)
    {
        foreach (var choice in body.Choices())
        {
            foreach (var branch in choice.Branches)
                Visit(branch.Body);
        }
    }

    /// <summary>Whether a value is computed into the variable of a joined one, which is declared already.</summary>
    public bool IsJoined(int value) => joins.ContainsKey(value);

    /// <summary>The number of the local.</summary>
    public int this[int value]
    {
        get
        {
            while (joins.TryGetValue(value, out var join))
                value = join;
            return value;
        }
    }

    private void Visit(SequenceRegion branch)
    {
        var computed = new HashSet<int>();
        foreach (var region in branch.Regions)
        {
            if (region is ChoiceRegion choice)
                computed.UnionWith(choice.Joins.Select(join => join.Id));
            foreach (var step in region is StatementRegion statement ? statement.Steps : [])
            {
                if (step is NodeStep { Node.Id: var id })
                    computed.Add(id);
                else if (step is JoinStep { Join: var join, Value: var value } && computed.Contains(value) && !joins.ContainsKey(value))
                    joins.Add(value, join);
            }
        }
    }
}
