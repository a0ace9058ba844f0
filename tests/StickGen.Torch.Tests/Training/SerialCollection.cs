namespace StickGen.Torch.Tests.Training;

/// <summary>Training draws from torch's global random generator, so its tests run alone, one after the other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SerialCollection
{
    public const string Name = "draws from the global random generator";
}
