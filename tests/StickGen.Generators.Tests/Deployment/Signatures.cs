namespace StickGen.Generators.Tests.Deployment;

/// <summary>Signature files as Save writes them.</summary>
internal static class Signatures
{
    public const string LeNet5 = """
        {
          "format": "stickgen-model/1",
          "model": "LeNet5",
          "inputs": [
            { "name": "x", "type": "float32", "shape": ["batch", 1, 28, 28] }
          ],
          "outputs": [
            { "name": "logits", "type": "float32", "shape": ["batch", 10] }
          ],
          "layers": [
            { "name": "conv1_relu", "operation": "conv2d" },
            { "name": "pool", "operation": "max_pool2d" },
            { "name": "fc3", "operation": "linear" }
          ],
          "tensors": [
            { "name": "conv1_relu.weight", "type": "int8", "shape": [6, 1, 5, 5] },
            { "name": "conv1_relu.bias", "type": "int32", "shape": [6] },
            { "name": "fc3.weight", "type": "float32", "shape": [10, 84] }
          ],
          "id": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        }

        """;

    public const string TwoInputs = """
        {
          "format": "stickgen-model/1",
          "model": "Reader<T>",
          "inputs": [
            { "name": "tokens", "type": "float32", "shape": ["batch", "sequence", 8] },
            { "name": "class", "type": "float32", "shape": [4] }
          ],
          "outputs": [
            { "name": "1st score", "type": "float32", "shape": ["batch", 2] },
            { "name": "größe", "type": "float32", "shape": ["batch"] }
          ],
          "layers": [
            { "name": "attention", "operation": "opaque" }
          ],
          "tensors": [],
          "id": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        }
        """;
}
