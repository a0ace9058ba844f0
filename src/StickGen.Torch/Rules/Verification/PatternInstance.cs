using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Kinds;
using StickGen.Matching;
using static TorchSharp.torch;

namespace StickGen.Rules;

/// <summary>A model that is one instance of a pattern: some of its alternatives, with random modules and numbers.</summary>
internal sealed class PatternInstance : nn.Module, ICompressible<PatternVariant, object>
{
    private static readonly string[] Functions = ["relu", "sigmoid", "tanh", "silu", "hardswish", "abs"];

    private readonly RewriteRule rule;
    private readonly PatternPart root;
    private readonly RandomModules made;
    private readonly List<string> names = [];
    private readonly Dictionary<string, double> numbers = new(StringComparer.Ordinal);
    private readonly int channels;
    private readonly int rank;
    private int nodes;

    public PatternInstance(RewriteRule rule, Random random)
        : base("pattern")
    {
        this.rule = rule;
        channels = random.Next(1, 4) * 2;
        made = new(random, channels);
        root = Choose(rule.Form.Root, random);
        rank = RankOf(RulePattern.Parts(root).OfType<PatternCall>().Select(c => c.Kind));
        foreach (var part in RulePattern.Parts(root).ToList())
            Make(part, random);

        // Linear layers work on the last dimension, and convolutions on the second.
        long[] shape = [2, channels, .. Enumerable.Repeat(RulePattern.Parts(root).OfType<PatternCall>().Any(c => c.Kind is "linear" or "layer_norm") ? channels : 6L, rank - 2)];
        Values = [.. names.Select(_ => made.Input(shape))];
        Inputs = [.. names.Select(name => new ModelInput(name, Shape.Of(shape)))];
        eval();
    }

    /// <summary>The modules of the pattern by their names.</summary>
    public Dictionary<string, nn.Module> Modules { get; } = new(StringComparer.Ordinal);

    /// <summary>The inputs of the instance.</summary>
    public Tensor[] Values { get; }

    public IReadOnlyList<ModelInput> Inputs { get; }

    string ICompressible.ModelName => "pattern";

    IReadOnlyList<RewriteRule> ICompressible.Rules => [rule];

    public SymbolicTensor[] Replay(Tracer tracer, SymbolicTensor[] inputs)
    {
        nodes = inputs.Length;
        var result = Trace(root, tracer, inputs);
        tracer.Site("site", [.. Enumerable.Range(inputs.Length, nodes - inputs.Length)]);
        return [result];
    }

    public PatternVariant CreateFakeQuantized(VariantBuilder builder) => new(this, builder);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var module in Modules.Values)
                module.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>The pattern with one alternative of each choice. Parts that are written twice are chosen alike.</summary>
    private static PatternPart Choose(PatternPart part, Random random) => part switch
    {
        PatternAlternatives alternatives => Choose(alternatives.Parts[random.Next(alternatives.Parts.Length)], random),
        PatternChain chain => Enumerable.Range(0, random.Next(4)).Aggregate(
            Choose(chain.Operand, random), (operand, _) => new PatternCall(Functions[random.Next(Functions.Length)], null, [], [operand])),
        PatternCall call => new PatternCall(call.Kind, call.Module, call.Settings, Array.ConvertAll(call.Operands, operand => Choose(operand, random))),
        _ => part,
    };

    private void Make(PatternPart part, Random random)
    {
        switch (part)
        {
            case PatternInput { Name: PatternInput.Any }:
                names.Add($"any#{names.Count}");
                break;
            case PatternInput input when !names.Contains(input.Name):
                names.Add(input.Name);
                break;
            case PatternList list when !names.Contains(list.Name + "#0"):
                for (var i = random.Next(1, 4) - 1; i >= 0; i--)
                    names.Add($"{list.Name}#{i}");
                break;
            case PatternCall call:
                if (call.Module is not null && !Modules.ContainsKey(call.Module))
                    Modules.Add(call.Module, made.Create(call.Kind));
                foreach (var setting in call.Settings.Where(s => s.Capture is not null))
                    numbers.TryAdd(setting.Capture!, setting.Name is "dim" or "axis" or "start_dim" or "end_dim" ? 1 : made.Number());
                break;
        }
    }

    private static int RankOf(IEnumerable<string> kinds)
    {
        var all = kinds.ToList();
        var spatial = all.Find(k => k.EndsWith('d') && k.Length > 2 && char.IsDigit(k[^2]) && k != "batch_norm1d");
        return spatial is not null ? spatial[^2] - '0' + 2 : all.Contains("batch_norm1d") || all.Contains("linear") ? 2 : 4;
    }

    private SymbolicTensor Trace(PatternPart part, Tracer tracer, SymbolicTensor[] inputs)
    {
        var next = 0;
        var unnamed = names.Select((name, i) => (name, i)).Where(n => n.name.StartsWith("any#", StringComparison.Ordinal)).Select(n => n.i).ToArray();
        return Trace(part);

        SymbolicTensor Trace(PatternPart inner) => inner switch
        {
            PatternInput { Name: PatternInput.Any } => inputs[unnamed[next++]],
            PatternInput input => inputs[names.IndexOf(input.Name)],
            PatternCall call => Add(call, tracer, Operands(call)),
            _ => throw new InvalidOperationException("A list stands for the operands of a node."),
        };

        SymbolicTensor[] Operands(PatternCall call) => call.Operands is [PatternList list]
            ? [.. names.Select((name, i) => (name, i)).Where(n => n.name.StartsWith(list.Name + "#", StringComparison.Ordinal)).Select(n => inputs[n.i])]
            : Array.ConvertAll(call.Operands, Trace);
    }

    private SymbolicTensor Add(PatternCall call, Tracer t, SymbolicTensor[] x)
    {
        var node = nodes++;
        if (call.Module is not null)
            return t.Module(node, call.Module, Modules[call.Module], x);
        var isFirst = Setting(call, "numberFirst") is not null;
        return call.Kind switch
        {
            NodeKinds.Relu => t.Relu(node, x[0]),
            NodeKinds.Relu6 => t.Relu6(node, x[0]),
            NodeKinds.Add => t.Add(node, x[0], x[1]),
            NodeKinds.Concat => t.Concat(node, x, (long)(Setting(call, "dim") ?? 0)),
            NodeKinds.Dropout => t.Dropout(node, x[0], Setting(call, "p") ?? 0.5),
            "flatten" => t.Flatten(node, x[0], (long)(Setting(call, "start_dim") ?? 0), (long)(Setting(call, "end_dim") ?? -1)),
            "softmax" => t.Softmax(node, x[0], (long)(Setting(call, "dim") ?? 1)),
            "gelu" => t.Gelu(node, x[0], call.Settings.Any(s => s.Value.Word == "tanh") ? TorchSharp.Modules.GELU.Approximate.tanh : TorchSharp.Modules.GELU.Approximate.none),
            "leaky_relu" => t.LeakyRelu(node, x[0], Setting(call, "negative_slope") ?? 0.01),
            "elu" => t.Elu(node, x[0], Setting(call, "alpha") ?? 1),
            "celu" => t.Celu(node, x[0], Setting(call, "alpha") ?? 1),
            "softplus" => t.Softplus(node, x[0], Setting(call, "beta") ?? 1, Setting(call, "threshold") ?? 20),
            "hardtanh" => t.Hardtanh(node, x[0], Setting(call, "min_val") ?? -1, Setting(call, "max_val") ?? 1),
            "clamp" => t.Clamp(node, x[0], Setting(call, "min"), Setting(call, "max")),
            "add_scaled" when x.Length == 1 => t.AddScaled(node, x[0], Setting(call, "number") ?? 1, isFirst),
            "sub" => x.Length == 1 ? t.Sub(node, x[0], Setting(call, "number") ?? 1, isFirst) : t.Sub(node, x[0], x[1]),
            "mul" => x.Length == 1 ? t.Mul(node, x[0], Setting(call, "number") ?? 1, isFirst) : t.Mul(node, x[0], x[1]),
            "div" => x.Length == 1 ? t.Div(node, x[0], Setting(call, "number") ?? 1, isFirst) : t.Div(node, x[0], x[1]),
            "minimum" or "maximum" or "matmul" => t.Function(node, call.Kind, x),
            _ when NodeKinds.Get(call.Kind).IsElementwise => t.Function(node, call.Kind, x),
            _ => throw new CompressionException($"Verify cannot make a node of the kind '{call.Kind}'."),
        };
    }

    private double? Setting(PatternCall call, string name) => call.Settings.FirstOrDefault(s => s.Name == name) switch
    {
        null => null,
        { Capture: { } captured } => numbers[captured],
        var setting => setting.Value.Number,
    };
}
