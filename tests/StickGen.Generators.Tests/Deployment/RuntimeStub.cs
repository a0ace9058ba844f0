namespace StickGen.Generators.Tests.Deployment;

/// <summary>The part of StickGen.Runtime that emitted loaders use.</summary>
internal static class RuntimeStub
{
    public const string Source = """
        #nullable enable
        using System;

        namespace StickGen.Deployment;

        public sealed class InvalidModelException(string message) : Exception(message);

        public sealed class ModelSignature
        {
            public static ModelSignature Parse(string json) => new();
        }

        public sealed class QuantizedModel : IDisposable
        {
            public static QuantizedModel Load(string path, ModelSignature expected) => new();

            public void Run(ReadOnlySpan<float> input, Span<float> output) { }

            public void Run(ReadOnlySpan<ReadOnlyMemory<float>> inputs, ReadOnlySpan<Memory<float>> outputs) { }

            public void Dispose() { }
        }
        """;
}
