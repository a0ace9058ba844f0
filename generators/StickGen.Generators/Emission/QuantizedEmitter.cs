using StickGen.Capture.Models;

namespace StickGen.Generators.Emission;

/// <summary>Writes <c>X.Quantized</c>, the integer model.</summary>
internal static class QuantizedEmitter
{
    public static string Emit(ModelPlan plan) => PartWriter.Write(plan.Model.Type, "", writer =>
    {
        writer.Line($"""
            /// <summary>The integer model: loaded, saved and run without the classes it was trained with.</summary>
            {PartWriter.GeneratedCode}
            """);
        using (writer.Open($"public {plan.New(VariantNames.Quantized)}sealed class Quantized : global::System.IDisposable"))
        {
            writer.Line($"""
                internal Quantized({Names.QuantizedModel} model) => Model = model;

                /// <summary>The model, untyped: its graph and its signature.</summary>
                public {Names.QuantizedModel} Model {Auto}

                /// <summary>Loads a model that <see cref="Save"/> wrote.</summary>
                /// <param name="path">The safetensors file.</param>
                public static Quantized Load(string path) => new({Names.DeployedVariant}.Load(path, {Names.Literal(plan.Model.Type.Name)}));

                /// <summary>Writes the model, and its signature as text beside it.</summary>
                /// <param name="path">The safetensors file.</param>
                public void Save(string path) => Model.Save(path);

                /// <summary>Writes the model as ONNX, with QuantizeLinear and DequantizeLinear pairs.</summary>
                /// <param name="path">The ONNX file.</param>
                public void ExportOnnx(string path) => Model.ExportOnnx(path);
                """);
            if (plan.Model.Forward.IsPlain)
                writer.Line("\n" + (ReadsTokens(plan.Model) ? RunTokens(plan.Model.Forward) : Run(plan.Model.Forward)));
            if (plan.Model.Forward.IsPlain && plan.Model.Forward.Parameters.Count == 1)
            {
                writer.Line($"""

                    /// <summary>The model as a TorchSharp module, for metrics and trainers; it borrows this model.</summary>
                    public {Names.Module(plan.Model.Forward)} AsModule() => {Names.DeployedVariant}.AsModule(Model);
                    """);
            }

            writer.Line("""

                /// <inheritdoc/>
                public void Dispose() => Model.Dispose();
                """);
        }
    });

    private const string Auto = "{ get; }";

    /// <summary>Whether the only input is read by embeddings alone, and so is tokens.</summary>
    private static bool ReadsTokens(CapturedModel model)
    {
        if (model.Forward.Parameters.Count != 1 || model.KeepsStatements)
            return false;
        var readers = model.Body.Steps().Where(step => step switch
        {
            NodeStep { Node.Operands: var operands } => operands.Contains(0),
            JoinStep { Value: var value } => value == 0,
            CopyStep { Value: var value } => value == 0,
            ListStep { Items: var items } => items.Contains(0),
            ReturnStep { Values: var values } => values.Contains(0),
            _ => false,
        }).ToArray();
        return readers.Length > 0 && readers.All(step => step is NodeStep { Node.Kind: "embedding" }) && model.Body.Joins().All(join => join.Initial != 0);
    }

    private static string RunTokens(ForwardSignature forward)
    {
        var tokens = ParameterNames.Of(forward.Parameters[0].Name, "result");
        return $$"""
            /// <summary>Runs the model on one text.</summary>
            /// <param name="{{tokens.TrimStart('@')}}">The tokens.</param>
            /// <param name="result">Where the results go, row-major.</param>
            public void Run(global::System.ReadOnlySpan<int> {{tokens}}, global::System.Span<float> result) => Model.Run({{tokens}}, result);

            /// <inheritdoc cref="Run(global::System.ReadOnlySpan{int}, global::System.Span{float})"/>
            public void Run(global::System.ReadOnlySpan<long> {{tokens}}, global::System.Span<float> result) => Model.Run({{tokens}}, result);

            /// <summary>Makes what goes on with a text, token by token.</summary>
            /// <param name="capacity">How many tokens the text can have.</param>
            /// <param name="precision">How keys and values are kept.</param>
            public global::StickGen.Deployment.TokenDecoder CreateDecoder(
                int capacity, global::StickGen.Deployment.KeyValueCachePrecision precision = global::StickGen.Deployment.KeyValueCachePrecision.Float) => Model.CreateDecoder(capacity, precision);
            """;
    }

    private static string Run(ForwardSignature forward)
    {
        var inputs = forward.Parameters.Select(p => ParameterNames.Of(p.Name, "result")).ToArray();
        var documentation = string.Join("\n", inputs.Select(input =>
            $"/// <param name=\"{input.TrimStart('@')}\">The values of the input, row-major. The batch follows from how many there are.</param>"));
        return $"""
            /// <summary>Runs the model.</summary>
            {documentation}
            /// <param name="result">Where the results go, row-major.</param>
            {(inputs.Length == 1
                ? $"public void Run(global::System.ReadOnlySpan<float> {inputs[0]}, global::System.Span<float> result) => Model.Run({inputs[0]}, result);"
                : $"public void Run({string.Join(", ", inputs.Select(input => $"global::System.ReadOnlyMemory<float> {input}"))}, global::System.Memory<float> result) =>\n    Model.Run([{string.Join(", ", inputs)}], [result]);")}
            """;
    }
}
