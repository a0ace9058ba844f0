using System.Globalization;
using StickGen.Capture.Deployment;
using StickGen.Generators.Emission;

namespace StickGen.Generators.Deployment;

/// <summary>Writes the emitted part of a loader class.</summary>
internal static class LoaderEmitter
{
    /// <summary>The source file, or <see langword="null"/> if what the user wrote leaves no room for it.</summary>
    public static string? Emit(Loader loader)
    {
        if (loader.Problems.Count == 0)
            return Part(loader.Class, loader.File!.Signature!) + "\n" + SignatureHolder(loader.Class, loader.File.Text);
        return loader.File is null ? PlaceholderEmitter.Emit(loader) : null;
    }

    private static string Part(LoaderClass loader, ModelSignature signature)
    {
        var members = new LoaderMembers(signature);
        return PartWriter.Write(
            loader.Type,
            " : global::System.IDisposable",
            writer =>
            {
                foreach (var port in members.Inputs.Concat(members.Outputs))
                    WriteConstants(writer, port);
                WriteLifetime(writer, loader);
                WriteRun(writer, members);
            },
            LoaderDocumentation.OfClass(loader, signature));
    }

    private static void WriteConstants(SourceWriter writer, LoaderPort port)
    {
        var name = LoaderDocumentation.Code(port.Tensor.Name);
        if (port.Tensor.ItemLength is { } length)
        {
            writer.Line($"""
                /// <summary>How many values one item of {name} has.</summary>
                {PartWriter.GeneratedCode}
                public const int {port.LengthConstant} = {length.ToString(CultureInfo.InvariantCulture)};

                """);
        }

        var shape = string.Join(", ", port.Tensor.Shape.Select(dimension => dimension.Name is null ? dimension.ToString() : "-1"));
        var note = port.Tensor.Shape.Any(dimension => dimension.Name is not null) ? "; -1 where the size is only known when the model runs" : "";
        writer.Line($"""
            /// <summary>The shape of {name}: {LoaderDocumentation.Shape(port.Tensor)}{note}.</summary>
            {PartWriter.GeneratedCode}
            public static global::System.ReadOnlySpan<int> {port.ShapeProperty} => [{shape}];

            """);
    }

    private static void WriteLifetime(SourceWriter writer, LoaderClass loader) => writer.Line($"""
        {PartWriter.GeneratedCode}
        private readonly {Names.QuantizedModel} {LoaderMembers.ModelField};

        {PartWriter.GeneratedCode}
        private {loader.Type.Declaration.Identifier}({Names.QuantizedModel} model) => this.{LoaderMembers.ModelField} = model;

        /// <summary>Loads the model from a file, whose signature has to be the one this class was compiled with.</summary>
        /// <param name="path">The model file.</param>
        /// <exception cref="global::StickGen.Deployment.InvalidModelException">The file is damaged, or holds another model.</exception>
        {PartWriter.GeneratedCode}
        public static {loader.Type.Declaration.Reference} Load(string path) =>
            new({Names.QuantizedModel}.Load(path, global::StickGen.Deployment.ModelSignature.Parse(global::{loader.Name}Signature.Text)));

        /// <summary>Releases the model.</summary>
        {PartWriter.GeneratedCode}
        public void Dispose() => this.{LoaderMembers.ModelField}.Dispose();

        """);

    private static void WriteRun(SourceWriter writer, LoaderMembers members)
    {
        var parameters = members.Inputs.Select(port => $"{members.InputType} {port.Parameter}")
            .Concat(members.Outputs.Select(port => $"{members.OutputType} {port.Parameter}"));
        writer.Line($"""
            /// <summary>Runs the model on one item or on a batch of items, one after the other in memory.</summary>
            {string.Join("\n", members.Inputs.Concat(members.Outputs).Select(LoaderDocumentation.OfParameter))}
            /// <exception cref="global::System.ArgumentException">A length does not fit the shape.</exception>
            {PartWriter.GeneratedCode}
            public void Run(
                {string.Join(",\n    ", parameters)}) =>
                this.{LoaderMembers.ModelField}.Run({Inputs(members)}, {Arguments(members, members.Outputs)});
            """);
        if (!members.ReadsTokens)
            return;
        writer.Line($"""

            /// <summary>Makes what goes on with a text, token by token.</summary>
            /// <param name="capacity">How many tokens the text can have.</param>
            /// <param name="precision">How keys and values are kept.</param>
            /// <exception cref="global::System.ArgumentOutOfRangeException">The model does not have so many positions.</exception>
            /// <exception cref="global::System.NotSupportedException">The model cannot go on with a text; the message says why.</exception>
            {PartWriter.GeneratedCode}
            public global::StickGen.Deployment.TokenDecoder CreateDecoder(
                int capacity,
                {LoaderMembers.PrecisionType} precision = {LoaderMembers.PrecisionType}.Float) =>
                this.{LoaderMembers.ModelField}.CreateDecoder(capacity, precision);
            """);
    }

    /// <summary>Tokens with several outputs are given with their shape, which may be left out.</summary>
    private static string Inputs(LoaderMembers members) =>
        members.ReadsTokens ? members.Inputs[0].Parameter + (members.TakesSpans ? "" : ", []") : Arguments(members, members.Inputs);

    private static string Arguments(LoaderMembers members, IReadOnlyList<LoaderPort> ports) =>
        members.TakesSpans ? ports[0].Parameter : $"[{string.Join(", ", ports.Select(port => port.Parameter))}]";

    /// <summary>A type of its own, local to the file, so that the text adds no member to the user's class.</summary>
    private static string SignatureHolder(LoaderClass loader, string signature)
    {
        var writer = new SourceWriter();
        using (writer.Open($"file static class {loader.Name}Signature"))
        {
            writer.Line($""""
                internal const string Text =
                    """
                    {Ascii(signature).Replace("\n", "\n    ")}
                    """;
                """");
        }

        return writer.ToString();
    }

    /// <summary>
    /// The signature with escapes for what is not ASCII: inside the strings of the JSON they mean the same, and no
    /// character is left that C# would take for the end of a line.
    /// </summary>
    private static string Ascii(string json) => string.Concat(json.Trim().Replace("\r", "").Select(
        c => c is '\n' or (>= ' ' and <= '~') ? c.ToString() : $"\\u{(int)c:x4}"));
}
