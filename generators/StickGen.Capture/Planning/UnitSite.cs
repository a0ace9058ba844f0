namespace StickGen.Capture.Planning;

/// <summary>
/// A maximal cluster of nodes that candidates connect, or a single node. One line of the emitted <c>forward</c> runs it,
/// whatever the builder binds to it when the model is compressed.
/// </summary>
/// <param name="Name">The name of its slot.</param>
/// <param name="Nodes">Its nodes in order; the last computes its value.</param>
/// <param name="Inputs">The values that it reads from outside, each once, in the order they are first read.</param>
/// <param name="Labels">What its nodes are called.</param>
/// <param name="Rules">The rules that most likely rewrite it, by their simple names.</param>
internal sealed record UnitSite(
    string Name, EquatableArray<int> Nodes, EquatableArray<int> Inputs, EquatableArray<string> Labels, EquatableArray<string> Rules)
{
    /// <summary>The name of the innermost loop that it is in, or empty.</summary>
    public string Loop { get; init; } = "";

    /// <summary>The value that it computes.</summary>
    public int Output => Nodes[Nodes.Count - 1];
}
