namespace StickGen.Benchmarks.Deploy;

/// <summary>A network in one runtime, with its input in place.</summary>
internal interface IContender : IDisposable
{
    /// <summary>The key of its time in the report.</summary>
    string Name { get; }

    /// <summary>The results of the last run.</summary>
    ReadOnlySpan<float> Output { get; }

    /// <summary>Runs the network once.</summary>
    void Run();
}
