namespace StickGen.Cli.Calls;

/// <summary>One name for each operation, however it is spelled: <c>relu_</c>, <c>functional.relu</c> and the tracer's <c>Relu</c>.</summary>
internal static class OperationNames
{
    /// <summary>The name of an operation of TorchSharp, or of the tracer.</summary>
    public static string Of(string name)
    {
        var plain = name.StartsWith("op_", StringComparison.Ordinal) ? name[3..] : name;
        plain = plain.Replace("_", "").ToLowerInvariant();
        return plain switch
        {
            "cat" or "concatenate" => "concat",
            "view" => "reshape",
            "addition" => "add",
            "subtraction" or "subtract" => "sub",
            "multiply" => "mul",
            "division" or "divide" => "div",
            "unarynegation" or "negative" => "neg",
            "modulus" or "remainder" => "fmod",
            "alias" or "contiguous" or "clone" => "identity",
            _ => plain,
        };
    }
}
