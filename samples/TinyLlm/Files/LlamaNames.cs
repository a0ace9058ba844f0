/// <summary>What the parameters of a Llama-like decoder are called in files of the Hugging Face format.</summary>
internal static class LlamaNames
{
    public const string Embedding = "model.embed_tokens.weight", Head = "lm_head.weight";

    private static readonly Dictionary<string, string> names = new()
    {
        ["embedding.weight"] = Embedding,
        ["norm.weight"] = "model.norm.weight",
        ["head.weight"] = Head,
    };

    private static readonly Dictionary<string, string> blockNames = new()
    {
        ["attentionNorm.weight"] = "input_layernorm.weight",
        ["attention.query.weight"] = "self_attn.q_proj.weight",
        ["attention.key.weight"] = "self_attn.k_proj.weight",
        ["attention.value.weight"] = "self_attn.v_proj.weight",
        ["attention.output.weight"] = "self_attn.o_proj.weight",
        ["feedForwardNorm.weight"] = "post_attention_layernorm.weight",
        ["feedForward.gate.weight"] = "mlp.gate_proj.weight",
        ["feedForward.up.weight"] = "mlp.up_proj.weight",
        ["feedForward.down.weight"] = "mlp.down_proj.weight",
    };

    /// <summary>The name in the file.</summary>
    /// <param name="parameter">The name in <see cref="Llama"/>, such as <c>blocks.0.attention.query.weight</c>.</param>
    public static string InFile(string parameter) =>
        parameter.Split('.', 3) is ["blocks", var block, var rest] ? $"model.layers.{block}.{blockNames[rest]}" : names[parameter];
}
