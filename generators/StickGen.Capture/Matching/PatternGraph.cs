namespace StickGen.Matching;

/// <summary>A graph that patterns are matched in: one captured from source, where not all is known, or one of a live model.</summary>
/// <typeparam name="TNode">The nodes.</typeparam>
/// <typeparam name="TValue">The values.</typeparam>
internal interface IPatternGraph<TNode, TValue>
    where TNode : class
    where TValue : notnull
{
    /// <summary>The node that computes a value, or <see langword="null"/> if no pattern may contain it.</summary>
    TNode? Producer(TValue value);

    TValue Output(TNode node);

    string Kind(TNode node);

    IReadOnlyList<TValue> Operands(TNode node);

    /// <summary>What identifies the module that computes the node, or <see langword="null"/>.</summary>
    object? Module(TNode node);

    /// <summary>A setting; <see langword="null"/> where only the instance knows it, which may be what the pattern wants.</summary>
    SettingValue? Setting(TNode node, string name);

    /// <summary>What the node is called in messages.</summary>
    string Describe(TNode node);
}
