using StickGen.Capture.Deployment;
using StickGen.Generators.Emission;

namespace StickGen.Generators.Deployment;

/// <summary>
/// Writes the members that callers of a loader use for a class whose signature cannot be read, so that the diagnostic
/// about the signature is not buried under errors about missing members. They throw, because they only run if that
/// diagnostic, an error, was suppressed.
/// </summary>
internal static class PlaceholderEmitter
{
    private static readonly string[] Keys =
    [
        "InputLength",
        "OutputLength",
        MemberKey.Of("Load", ["string"]),
        MemberKey.Of("Run", ["global::System.ReadOnlySpan<float>", "global::System.Span<float>"]),
        MemberKey.Of("Dispose", []),
    ];

    /// <summary>The source file, or <see langword="null"/> if the class has such a member itself.</summary>
    public static string? Emit(Loader loader)
    {
        var members = loader.Class.Members.Append(loader.Class.Name);
        if (members.Any(member => Keys.Any(key => MemberKey.Clash(key, member))))
            return null;
        var reason = loader.Problems[0].Descriptor;
        var exception = $"new global::System.InvalidOperationException(\"'{loader.Class.Name}' was compiled without a signature: {reason.Id}, {reason.Title}.\")";
        return PartWriter.Write(loader.Class.Type, " : global::System.IDisposable", writer => writer.Line($$"""
            /// <summary>Not known.</summary>
            {{PartWriter.GeneratedCode}}
            public const int InputLength = 1;

            /// <summary>Not known.</summary>
            {{PartWriter.GeneratedCode}}
            public const int OutputLength = 1;

            /// <summary>Throws: the signature of the model could not be read when this class was compiled ({{reason.Id}}).</summary>
            {{PartWriter.GeneratedCode}}
            public static {{loader.Class.Type.Declaration.Reference}} Load(string path) =>
                throw {{exception}};

            /// <summary>Throws, as <see cref="Load(string)"/> does.</summary>
            {{PartWriter.GeneratedCode}}
            public void Run(global::System.ReadOnlySpan<float> input, global::System.Span<float> output) =>
                throw {{exception}};

            /// <summary>Does nothing.</summary>
            {{PartWriter.GeneratedCode}}
            public void Dispose()
            {
            }
            """));
    }
}
