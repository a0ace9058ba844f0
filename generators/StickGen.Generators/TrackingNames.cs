namespace StickGen.Generators;

/// <summary>The names of the pipeline's steps, by which the caching tests find them.</summary>
internal static class TrackingNames
{
    public const string RuntimeLibrary = nameof(RuntimeLibrary);
    public const string Models = nameof(Models);
    public const string EmittedModels = nameof(EmittedModels);
    public const string ModelNames = nameof(ModelNames);
    public const string Rules = nameof(Rules);
    public const string EmittedRules = nameof(EmittedRules);
    public const string AllRules = nameof(AllRules);
    public const string ReferencedRules = nameof(ReferencedRules);
    public const string VisibleRules = nameof(VisibleRules);
    public const string Plans = nameof(Plans);
    public const string HintNames = nameof(HintNames);

    /// <summary>All of them.</summary>
    public static readonly string[] All =
    [
        RuntimeLibrary, Models, EmittedModels, ModelNames, Rules, EmittedRules, AllRules, ReferencedRules, VisibleRules, Plans, HintNames,
    ];
}
