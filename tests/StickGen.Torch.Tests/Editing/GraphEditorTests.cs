using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Operations;
using StickGen.Torch.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Editing;

/// <summary>Edits of live graphs: each leaves a graph that is right, or the graph as it was.</summary>
public sealed class GraphEditorTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Nodes_are_found_by_name_sort_and_neighbours()
    {
        var editor = Editor();
        Assert.Equal(["conv1", "conv2"], editor.Nodes<Conv2d>().Select(node => node.Name));
        Assert.Equal(["conv1"], editor.Before("bn1").Select(node => node.Name));
        Assert.Equal(["bn1"], editor.After("conv1").Select(node => node.Name));
        Assert.Equal(editor.Graph.ToString(), editor.Dump());
        Assert.Contains("conv1", Assert.Throws<ArgumentException>(() => editor.Node("nowhere")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_behind_a_value_is_read_in_its_place()
    {
        var editor = Editor();
        var readers = editor.After("conv1").Select(node => node.Name).ToArray();

        editor.InsertAfter("conv1", "squashed", new Elementwise(ElementFunction.Tanh));

        Check(editor.Graph);
        Assert.Equal(["squashed"], editor.After("conv1").Select(node => node.Name));
        Assert.Equal(readers, editor.After("squashed").Select(node => node.Name));

        var output = Assert.Single(editor.Graph.Outputs).Name;
        editor.InsertAfter(output, "last", new Elementwise(ElementFunction.Sigmoid));
        Assert.Equal("last", Assert.Single(editor.Graph.Outputs).Name);
        editor.InsertAfter("x", "first", new Elementwise(ElementFunction.Abs));
        Assert.Equal(["first"], editor.Graph.Inputs[0].Consumers.Select(node => node.Name));
    }

    [Fact]
    public void A_node_before_an_input_concerns_that_input_alone()
    {
        var editor = Editor();
        var readers = editor.Graph.Inputs[0].Consumers.Select(node => node.Name).ToArray();
        Assert.True(readers.Length > 1);

        editor.InsertBefore("conv1", "squashed", new Elementwise(ElementFunction.Tanh));

        Check(editor.Graph);
        Assert.Equal(readers.Select(name => name == "conv1" ? "squashed" : name), editor.Graph.Inputs[0].Consumers.Select(node => node.Name));
        Assert.Equal(["squashed"], editor.Before("conv1").Select(node => node.Name));
    }

    [Fact]
    public void An_erased_node_takes_its_weights_along()
    {
        var editor = Editor();
        editor.Erase("bn1");
        Check(editor.Graph);
        Assert.DoesNotContain(editor.Graph.Values.Keys, name => name.StartsWith("bn1.", StringComparison.Ordinal));
        Assert.Equal(["relu"], editor.After("conv1").Select(node => node.Name));
    }

    [Fact]
    public void What_does_not_fit_changes_nothing()
    {
        var editor = Editor();
        var before = editor.Graph;

        // What is behind the pool needs the sizes that it gives.
        var pool = editor.Nodes<AdaptiveAvgPool2d>().Single().Name;
        Assert.Throws<ArgumentException>(() => editor.Erase(pool));
        Assert.Throws<ArgumentException>(() => editor.Erase("conv1", 1));
        Assert.Throws<ArgumentException>(() => editor.InsertAfter("conv1", "bn1", new Elementwise(ElementFunction.Tanh)));
        Assert.Throws<ArgumentException>(() => editor.InsertAfter("conv1.weight", "w", new Elementwise(ElementFunction.Tanh)));
        Assert.Throws<ArgumentException>(() => editor.InsertBefore("conv1", "n", new Elementwise(ElementFunction.Tanh), 7));
        Assert.Throws<ArgumentException>(() => editor.Replace("conv1", fragment => fragment.Add("flat", new Flatten(1), [fragment.Inputs[0]])));
        Assert.Throws<ArgumentException>(() => editor.Replace([editor.Node("conv1"), editor.Node("conv2")], [], fragment => fragment.Inputs[0]));
        Assert.Same(before, editor.Graph);
    }

    [Fact]
    public void A_pattern_is_replaced_wherever_it_fits()
    {
        var editor = Editor();
        var convolutions = editor.Nodes<Conv2d>().Count();

        // conv and batch norm become conv and tanh.
        var places = editor.Transform("(batch_norm2d:bn (conv2d:conv $x))", (match, fragment) =>
        {
            var conv = match.Node("conv");
            var y = fragment.Add(conv.Name + "_new", conv.Operation, [match.Value("x"), .. match.Constants("conv")]);
            return fragment.Add(match.Node("bn").Name, new Elementwise(ElementFunction.Tanh), [y]);
        });

        Check(editor.Graph);
        Assert.Equal(2, places);
        Assert.Equal(convolutions, editor.Nodes<Conv2d>().Count());
        Assert.Equal(["conv1_new", "conv2_new"], editor.Nodes<Conv2d>().Select(node => node.Name));
        Assert.Equal(0, editor.Transform("(batch_norm2d:bn (conv2d:conv $x))", (_, fragment) => fragment.Inputs[0]));
    }

    [Fact]
    public void Literals_are_captured_and_rules_have_patterns()
    {
        using var model = new LeNet5();
        var editor = new GraphEditor(Tracer.Trace(model));
        var fused = editor.Transform(StickGen.Rules.LinearRelu.Rule.Pattern, (match, fragment) =>
            fragment.Add(match.Nodes[^1].Name, new Linear(Activation.Relu), [match.Value("x"), .. match.Constants(ModuleName(StickGen.Rules.LinearRelu.Rule.Pattern))]));
        Assert.Equal(2, fused);
        Check(editor.Graph);
        Assert.Equal(2, editor.Nodes<Linear>().Count(node => node.Operation is Linear { Activation: Activation.Relu }));
    }

    [Fact]
    public void A_replacement_that_its_pattern_fits_has_no_end()
    {
        var editor = Editor();
        var next = 0;
        GraphValue Again(GraphMatch match, GraphFragment fragment) => fragment.Add($"again{next++}", new Activate(Activation.Relu), [match.Value("x")]);

        Assert.True(editor.Transform("(relu $x)", Again) > 0);
        var error = Assert.Throws<CompressionException>(() => editor.Transform("(relu $x)", Again, repeat: true));
        Assert.Contains("it fits what its replacement makes", error.Message, StringComparison.Ordinal);
        Check(editor.Graph);
    }

    /// <summary>The integer model after an edit runs, and computes what the edit says.</summary>
    [Fact]
    public void An_edited_integer_model_runs()
    {
        random.manual_seed(2);
        using var model = new LeNet5();
        var algorithm = new SimulatedQuantization();
        using var variant = algorithm.Apply(model);
        var x = Data.Normal(1, 3, 1, 28, 28);
        variant.train();
        variant.forward(x);
        variant.eval();
        var graph = algorithm.ToGraph(variant);
        using var original = QuantizedModel.FromGraph(graph);

        // Behind the result, which is of floats; and one step in two, between integers.
        var editor = new GraphEditor(graph);
        editor.InsertAfter(graph.Outputs[0].Name, "clipped", new Activate(Activation.Relu));
        editor.Replace(editor.Nodes<Flatten>().Single().Name, fragment =>
        {
            var quantization = fragment.Inputs[0].Quantization;
            var rows = fragment.Add("rows", new Flatten(2), [fragment.Inputs[0]], quantization);
            return fragment.Add("all", new Flatten(1), [rows], quantization);
        });
        Check(editor.Graph);
        using var edited = QuantizedModel.FromGraph(editor.Graph);

        Assert.Equal(Run(original, x).Select(value => Math.Max(value, 0)), Run(edited, x));
    }

    private static float[] Run(QuantizedModel model, Tensor x) => DeployedVariant.AsModule(model).forward(x).ToArray();

    private static string ModuleName(string pattern) => pattern.Split("(linear:")[1].Split(' ')[0];

    /// <summary>What holds for every graph, from its definition.</summary>
    private static void Check(ModelGraph graph)
    {
        var known = graph.Inputs.ToHashSet();
        foreach (var node in graph.Nodes)
        {
            Assert.All(node.Inputs, input => Assert.True(input.IsConstant || known.Contains(input), $"{node.Name} reads {input.Name}, which is not computed yet."));
            Assert.All(node.Inputs, input => Assert.Contains(node, input.Consumers));
            Assert.All(node.Inputs, input => Assert.Same(input, graph.Values[input.Name]));
            Assert.Same(node, node.Output.Producer);
            Assert.Equal(node.Operation.InferShape([.. node.Inputs]) ?? node.Output.Shape, node.Output.Shape);
            Assert.True(known.Add(node.Output));
        }

        Assert.All(graph.Outputs, output => Assert.Contains(output, known));
        Assert.All(graph.Values.Values, value => Assert.All(value.Consumers, reader => Assert.Contains(reader, graph.Nodes)));
        Assert.Equal(graph.Nodes.Count, graph.Nodes.Select(node => node.Name).Distinct().Count());
    }

    private static GraphEditor Editor()
    {
        using var model = new ResidualNet();
        return new(Tracer.Trace(model));
    }
}
