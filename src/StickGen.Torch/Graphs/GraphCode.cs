using System.Globalization;
using System.Text;
using StickGen.Compression;
using StickGen.Operations;

namespace StickGen.Graphs;

/// <summary>A float graph as code that computes it.</summary>
public static class GraphCode
{
    /// <summary>
    /// The code of a static class with a method <c>Forward</c>, which is given the constants of the graph by name, as a state dictionary has them, and its
    /// inputs, and computes with TorchSharp what the graph computes.
    /// </summary>
    /// <param name="graph">A float graph, such as that of <c>X.Graph.Of(model)</c>, edited or not.</param>
    /// <param name="className">The name of the class; by default that of the model and <c>Code</c>.</param>
    /// <exception cref="CompressionException">The graph has a node that there is no code for: one that is opaque, quantized, or of which only the shape is known.</exception>
    public static string ToCSharp(this ModelGraph graph, string? className = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return new Writer(graph).Write(className ?? Identifier(graph.Name, []) + "Code");
    }

    private static string Identifier(string name, HashSet<string> taken)
    {
        var text = string.Concat(name.Select(c => char.IsLetterOrDigit(c) ? c : '_'));
        if (text.Length == 0 || char.IsDigit(text[0]))
            text = "_" + text;
        var unique = text;
        for (var i = 2; taken.Contains(unique); i++)
            unique = string.Create(CultureInfo.InvariantCulture, $"{text}_{i}");
        return unique;
    }

    private sealed class Writer(ModelGraph graph)
    {
        private readonly HashSet<string> taken = new(StringComparer.Ordinal) { "state", "nn", "torch", "cat", "stack" };
        private readonly Dictionary<GraphValue, string> names = [];
        private readonly Dictionary<string, string> sizes = new(StringComparer.Ordinal);
        private readonly StringBuilder body = new();

        public string Write(string className)
        {
            foreach (var input in graph.Inputs)
                names.Add(input, Name(input.Name));
            var inputs = string.Concat(graph.Inputs.Select(input => $", Tensor @{names[input]}"));
            foreach (var input in graph.Inputs)
                DeclareSizes(input);
            foreach (var node in graph.Nodes)
            {
                var code = Code(node);
                names.Add(node.Output, Name(node.Name));
                Line($"var @{names[node.Output]} = {code};{(node.Source.Length == 0 ? "" : "  // " + node.Source)}");
            }

            var results = graph.Outputs.Select(Read).ToArray();
            var type = results.Length == 1 ? "Tensor" : $"({string.Join(", ", results.Select(_ => "Tensor"))})";
            return $$"""
                using System.Collections.Generic;
                using TorchSharp;
                using static TorchSharp.torch;

                /// <summary>Computes what the graph of {{graph.Name}} computes.</summary>
                public static class {{className}}
                {
                    public static {{type}} Forward(IReadOnlyDictionary<string, Tensor> state{{inputs}})
                    {
                {{body.ToString().TrimEnd('\n')}}
                        return {{(results.Length == 1 ? results[0] : $"({string.Join(", ", results)})")}};
                    }
                }

                """;
        }

        private string Name(string name)
        {
            var unique = Identifier(name, taken);
            taken.Add(unique);
            return unique;
        }

        private void Line(string text) => body.Append("        ").Append(text).Append('\n');

        /// <summary>The sizes with names, each where it is first read from.</summary>
        private void DeclareSizes(GraphValue input)
        {
            for (var i = 0; i < (input.Shape?.Rank ?? 0); i++)
            {
                if (input.Shape![i] is { Symbol: { } symbol, Factor: 1 } && !sizes.ContainsKey(symbol))
                {
                    sizes.Add(symbol, Name(symbol));
                    Line($"var @{sizes[symbol]} = @{names[input]}.shape[{Number(i)}];");
                }
            }
        }

        private string Read(GraphValue value) => value.IsConstant ? $"state[{Literal(value.Name)}]" : "@" + names[value];

        private string Code(GraphNode node)
        {
            if (node.Output.Quantization is not null)
                throw Unknown(node, "it is quantized");
            var x = node.Inputs.Count > 0 ? Read(node.Inputs[0]) : "";
            return node.Operation switch
            {
                State => x,
                Conv2d c => Activated(c.Activation, $"nn.functional.conv2d({x}, {Rest(node, 2)}, {Sizes(c.Window.Stride)}, {Sizes(c.Window.Padding)}, {Sizes(c.Window.Dilation)}, {Number(c.Groups)})"),
                Linear l => Activated(l.Activation, $"nn.functional.linear({x}, {Rest(node, 2)})"),
                BatchNorm b => $"nn.functional.batch_norm({x}, {Read(node.Inputs[3])}, {Read(node.Inputs[4])}, {Read(node.Inputs[1])}, {Read(node.Inputs[2])}, false, 0, {Number(b.Epsilon)})",
                Normalize { Function: "layer_norm" } n => $"nn.functional.layer_norm({x}, [{string.Join(", ", Trailing(node, n.Size))}], {Rest(node, 2)}, {Number(n.Epsilon)})",
                Normalize { Function: "group_norm" } n => $"nn.functional.group_norm({x}, {Number(n.Size)}, {Rest(node, 2)}, {Number(n.Epsilon)})",
                Activate a => Activated(a.Activation, x),
                Add a => Activated(a.Activation, $"({x} + {Read(node.Inputs[1])})"),
                Elementwise e => Of(node, e, x),
                Arithmetic a => Of(node, a, x),
                MaxPool2d p => $"nn.functional.max_pool2d({x}, {Sizes(p.Window.Kernel)}, {Sizes(p.Window.Stride)}, {Sizes(p.Window.Padding)}, {Sizes(p.Window.Dilation)}, {Flag(p.CeilMode)})",
                AvgPool2d p => $"nn.functional.avg_pool2d({x}, {Sizes(p.Window.Kernel)}, {Sizes(p.Window.Stride)}, {Sizes(p.Window.Padding)}, {Flag(p.CeilMode)}, {Flag(p.CountIncludePad)}, {(p.DivisorOverride is { } divisor ? Number(divisor) : "null")})",
                AdaptiveAvgPool2d { Output: { Height: > 0, Width: > 0 } size } => $"nn.functional.adaptive_avg_pool2d({x}, {Sizes(size)})",
                Dropout => $"{x}.alias()",
                Flatten f => $"{x}.flatten({Number(f.Start)}, {Number(f.End)})",
                Reshape r => $"{x}.reshape({string.Join(", ", r.Target.Select(size => Size(node, size)))})",
                Permute p => $"{x}.permute({Numbers(p.Order)})",
                Concat c => $"cat([{All(node)}], {Number(c.Axis)})",
                Stack s => $"stack([{All(node)}], {Number(s.Axis)})",
                Select s => $"{x}.select({Number(s.Axis)}, {Number(s.Index)})",
                Slice { Length.IsFixed: true, Start: >= 0 } s => $"{x}.slice({Number(s.Axis)}, {Number(s.Start)}, {Number(s.Start + ((s.Length.Size - 1) * s.Step) + 1)}, {Number(s.Step)})",
                MatMul => $"matmul({x}, {Read(node.Inputs[1])})",
                Softmax s => $"nn.functional.{(s.Logarithm ? "log_softmax" : "softmax")}({x}, {Number(s.Axis)})",
                Reduce { Function: "mean" or "sum", Axes.Count: > 0 } r => $"{x}.{r.Function}([{Numbers(r.Axes)}], {Flag(r.KeepDimensions)})",
                Opaque => throw Unknown(node, "it is opaque"),
                _ => throw Unknown(node, "its settings are not all in the graph"),
            };
        }

        private string Of(GraphNode node, Elementwise e, string x)
        {
            var (first, second) = (e.First is { } a ? ", " + Number(a) : "", e.Second is { } b ? ", " + Number(b) : "");
            return e.Function switch
            {
                ElementFunction.GeluTanh => $"nn.functional.gelu({x}, TorchSharp.Modules.GELU.Approximate.tanh)",
                ElementFunction.Clamp when (e.First ?? e.Second) is not null =>
                    (e.First is null ? x : $"{x}.clamp_min({Number(e.First.Value)})") + (e.Second is null ? "" : $".clamp_max({Number(e.Second.Value)})"),
                ElementFunction.LogSigmoid => $"nn.functional.logsigmoid({x})",
                ElementFunction.Silu or ElementFunction.Mish or ElementFunction.Hardswish or ElementFunction.Hardsigmoid or ElementFunction.Selu or ElementFunction.Softsign
                    or ElementFunction.Tanhshrink or ElementFunction.Gelu or ElementFunction.LeakyRelu or ElementFunction.Elu or ElementFunction.Celu
                    or ElementFunction.Softplus or ElementFunction.Hardtanh or ElementFunction.Relu or ElementFunction.Relu6 => $"nn.functional.{OperationKinds.Of(node)}({x}{first}{second})",
                ElementFunction.Clamp => x,
                _ => $"{x}.{OperationKinds.Of(node)}()",
            };
        }

        private string Of(GraphNode node, Arithmetic a, string x)
        {
            var number = a.Number is { } n && double.IsFinite(n) ? Number(n) : a.Number is null ? null : throw Unknown(node, "its number is not known");
            var (left, right) = number is null ? (x, node.Inputs.Count > 1 ? Read(node.Inputs[1]) : x) : a.NumberFirst ? (number, x) : (x, number);
            return a.Function switch
            {
                ArithmeticFunction.Add => $"({left} + {right})",
                ArithmeticFunction.Subtract => $"({left} - {right})",
                ArithmeticFunction.Multiply => $"({left} * {right})",
                ArithmeticFunction.Divide => $"({left} / {right})",
                ArithmeticFunction.Power when !a.NumberFirst => $"{left}.pow({right})",
                ArithmeticFunction.Minimum when number is null => $"minimum({left}, {right})",
                ArithmeticFunction.Maximum when number is null => $"maximum({left}, {right})",
                _ => throw Unknown(node, "there is no such operation of a number"),
            };
        }

        private static string Activated(Activation activation, string code) => activation switch
        {
            Activation.None => code,
            Activation.Relu => $"nn.functional.relu({code})",
            _ => $"nn.functional.relu6({code})",
        };

        /// <summary>Weight and bias, <c>null</c> where there is none.</summary>
        private string Rest(GraphNode node, int count) =>
            string.Join(", ", Enumerable.Range(1, count).Select(i => i < node.Inputs.Count ? Read(node.Inputs[i]) : "null"));

        private string All(GraphNode node) => string.Join(", ", node.Inputs.Select(Read));

        private static IEnumerable<string> Trailing(GraphNode node, int count) => node.Inputs[0].Shape is { } shape && shape.TakeLast(count).All(size => size.IsFixed)
            ? shape.TakeLast(count).Select(size => Number(size.Size))
            : throw Unknown(node, "the sizes that it normalizes are not known");

        private string Size(GraphNode node, Dimension size) =>
            size.IsUnknown ? "-1"
            : size.IsFixed ? Number(size.Size)
            : !sizes.TryGetValue(size.Symbol!, out var name) ? throw Unknown(node, $"no input has the size '{size.Symbol}'")
            : size.Factor == 1 ? "@" + name
            : $"{Number(size.Factor)} * @{name}";

        private static CompressionException Unknown(GraphNode node, string why) =>
            new($"There is no code for the node '{node.Name}' ({node.Operation}): {why}.");

        private static string Sizes(Size2 size) => $"[{Number(size.Height)}, {Number(size.Width)}]";

        private static string Numbers(IEnumerable<long> numbers) => string.Join(", ", numbers.Select(n => Number(n)));

        private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

        /// <summary>A double: <c>2.0</c>, <c>1E-05</c>.</summary>
        private static string Number(double number)
        {
            var text = number.ToString("R", CultureInfo.InvariantCulture);
            return text.All(c => char.IsDigit(c) || c == '-') ? text + ".0" : text;
        }

        private static string Flag(bool flag) => flag ? "true" : "false";

        private static string Literal(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }
}
