using StickGen.Compression;
using StickGen.Graphs;
using StickGen.Torch.Tests.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Variants;

public sealed class VariantTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public VariantTests() => random.manual_seed(11);

    public void Dispose() => scope.Dispose();

    public static TheoryData<string> ModelNames => ["lenet5", "residual", "nested", "opaque"];

    [Theory]
    [MemberData(nameof(ModelNames))]
    public void Disabled_is_the_original_in_every_bit(string name)
    {
        using var model = Create(name, out var shape);
        using var variant = Apply(model);
        ((IFakeQuantized)variant).State.Mode = QuantizationMode.Disabled;
        var x = Data.Normal(1, shape);
        foreach (var training in new[] { true, false })
        {
            model.train(training);
            variant.train(training);
            random.manual_seed(5);
            var expected = model.forward(x);
            random.manual_seed(5);
            Data.AssertSame(expected, variant.forward(x));
        }
    }

    [Theory]
    [MemberData(nameof(ModelNames))]
    public void Keys_of_the_original_stay_and_its_checkpoint_loads(string name)
    {
        using var model = Create(name, out var shape);
        using var variant = Apply(model);
        var original = model.state_dict();
        var keys = variant.state_dict().Keys.Where(k => !k.StartsWith("stickgen.", StringComparison.Ordinal));
        Assert.Equal(original.Keys.Order(), keys.Order());

        using (no_grad())
        {
            foreach (var parameter in variant.parameters())
                parameter.zero_();
        }

        Load(variant, original);
        foreach (var (key, value) in variant.state_dict().Where(e => original.ContainsKey(e.Key)))
            Data.AssertSame(original[key], value);
    }

    [Theory]
    [MemberData(nameof(ModelNames))]
    public void The_model_stays_as_it_is_and_usable(string name)
    {
        using var model = Create(name, out var shape);
        model.eval();
        var x = Data.Normal(1, shape);
        var before = model.state_dict().ToDictionary(e => e.Key, e => e.Value.clone());
        var expected = model.forward(x);
        using (var variant = Apply(model))
        {
            variant.train();
            var optimizer = optim.SGD(variant.parameters(), 0.1);
            variant.forward(x).square().mean().backward();
            optimizer.step();
        }

        Assert.All(model.parameters(), p => Assert.Null(p.grad));
        foreach (var (key, value) in model.state_dict())
            Data.AssertSame(before[key], value);
        Assert.All(model.modules(), m => Assert.False(m.training));
        Data.AssertSame(expected, model.forward(x));
    }

    [Fact]
    public void Settings_of_the_original_are_kept()
    {
        using var model = new ResidualNet();
        model.eval();
        model.named_parameters().First(p => p.name == "conv1.weight").parameter.requires_grad = false;
        using var variant = new SimulatedQuantization().Apply(model);
        Assert.False(variant.training);
        Assert.All(variant.modules(), m => Assert.False(m.training));
        Assert.False(variant.named_parameters().First(p => p.name == "conv1.weight").parameter.requires_grad);
        Assert.True(variant.named_parameters().First(p => p.name == "conv2.weight").parameter.requires_grad);
    }

    [Fact]
    public void State_of_the_algorithm_is_in_the_checkpoint()
    {
        using var model = new ResidualNet();
        var algorithm = new SimulatedQuantization();
        using var variant = algorithm.Apply(model);
        variant.train();
        variant.forward(Data.Normal(1, 4, 6, 9, 7));
        using var stream = new MemoryStream();
        variant.save(stream);

        using var other = algorithm.Apply(model);
        other.load(new MemoryStream(stream.ToArray()));
        Assert.Equal(1, other.State.Step);
        Assert.Equal(algorithm.ToGraph(variant).ToString(), algorithm.ToGraph(other).ToString());
        variant.eval();
        other.eval();
        var x = Data.Normal(2, 4, 6, 9, 7);
        Data.AssertSame(variant.forward(x), other.forward(x));
    }

    [Fact]
    public void Values_that_are_added_or_concatenated_share_a_quantizer()
    {
        using var model = new ResidualNet();
        using var variant = new SimulatedQuantization().Apply(model);
        Assert.Equal(
            [
                "adaptive_avg_pool2d.output", "bn3.output", "conv1_bn1_relu.output", "conv1_bn1_relu.weight", "conv2_bn2.weight",
                "fc.output", "fc.weight", "pool.output", "x.output",
            ],
            variant.State.Quantizers.Keys.Order(StringComparer.Ordinal));
        var units = variant.State.Units.ToDictionary(u => u.Name);
        var shared = variant.State.Quantizers["x.output"];
        Assert.Same(shared, units["conv2_bn2"].Output.Quantizer);
        Assert.Same(shared, units["add_relu"].Output.Quantizer);
        Assert.Same(shared, units["concat"].Output.Quantizer);
        Assert.Same(units["bn3"].Output.Quantizer, units["relu6"].Output.Quantizer);
        Assert.True(units["concat"].Output.IsRedundant);
    }

    [Fact]
    public void Float_code_is_fenced()
    {
        using var model = new NestedNet(opaque: true);
        var algorithm = new SimulatedQuantization();
        using var variant = algorithm.Apply(model);
        var units = variant.State.Units.ToDictionary(u => u.Name);
        // A quantized unit reads gelu's result, and (through flatten) sigmoid's.
        Assert.NotNull(units["features.gelu"].Output.Quantizer);
        Assert.NotNull(units["sigmoid"].Output.Quantizer);
        variant.train();
        variant.forward(Data.Normal(1, 2, 3, 8, 8));
        var error = Assert.Throws<CompressionException>(() => algorithm.Convert(variant));
        Assert.Contains("features.gelu: the integer model has no operation for the module GELU", error.Message, StringComparison.Ordinal);
        Assert.Contains("sigmoid: the integer model has no operation for 'y.sigmoid()'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_layer_that_is_kept_in_float_is_untouched()
    {
        using var model = new SingleLayerNet(new Shape("batch", 4), Linear(4, 3), activation: ReLU()) { KeepsFloat = true };
        var algorithm = new SimulatedQuantization();
        using var variant = algorithm.Apply(model);
        Assert.Empty(variant.State.Quantizers);
        var x = Data.Normal(1, 5, 4);
        Data.AssertSame(model.forward(x), variant.forward(x));
        using var deployed = algorithm.Convert(variant);
        var result = new float[15];
        deployed.Model.Run(x.ToArray(), result);
        Assert.Equal(model.forward(x).ToArray(), result, (a, b) => MathF.Abs(a - b) < 1e-5f);
    }

    [Fact]
    public void A_module_that_cannot_be_rebuilt_is_borrowed_and_not_trained()
    {
        using var model = new SingleLayerNet(new Shape("batch", 4), new Strange(), activation: null);
        var algorithm = new SimulatedQuantization();
        using var variant = algorithm.Apply(model);
        Assert.Equal(["layer"], variant.State.Borrowed);
        Assert.Empty(variant.parameters());
        Assert.Contains("layer: Strange cannot be rebuilt", algorithm.Summary(variant).ToString(), StringComparison.Ordinal);
        var x = Data.Normal(1, 5, 4);
        variant.train();
        var error = Assert.Throws<CompressionException>(() => variant.forward(x));
        Assert.Contains("'layer' (Strange) cannot be rebuilt", error.Message, StringComparison.Ordinal);
        variant.eval();
        Data.AssertSame(model.forward(x), variant.forward(x));
    }

    [Fact]
    public void A_state_of_other_shapes_is_refused_and_changes_nothing()
    {
        using var model = new SingleLayerNet(new Shape("batch", 2), Linear(2, 2));
        using var variant = new SimulatedQuantization().Apply(model);
        var state = new Dictionary<string, Tensor> { ["layer.weight"] = ones(1, 2), ["layer.extra"] = ones(1) };
        var error = Assert.Throws<CompressionException>(() => variant.LoadOriginal(state));
        Assert.Contains("'layer.weight' has the shape [1, 2] instead of [2, 2]", error.Message, StringComparison.Ordinal);
        Assert.Contains("'layer.extra' is not in the model", error.Message, StringComparison.Ordinal);
        Assert.Contains("'layer.bias' is missing", error.Message, StringComparison.Ordinal);
        Data.AssertSame(model.state_dict()["layer.weight"], variant.state_dict()["layer.weight"]);
    }

    [Fact]
    public void No_tensor_is_left_behind_by_a_forward()
    {
        using var model = new ResidualNet();
        using var variant = new SimulatedQuantization().Apply(model);
        var x = Data.Normal(1, 2, 6, 9, 7);
        foreach (var mode in Enum.GetValues<QuantizationMode>())
        {
            variant.State.Mode = mode;
            variant.train(mode != QuantizationMode.IntegerExact);
            variant.forward(x).Dispose();
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            for (var i = 0; i < 3; i++)
                variant.forward(x).Dispose();
            Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }
    }

    [Fact]
    public void Integer_exact_training_is_refused()
    {
        using var model = new LeNet5();
        using var variant = new SimulatedQuantization().Apply(model);
        variant.forward(Data.Normal(1, 2, 1, 28, 28));
        variant.State.Mode = QuantizationMode.IntegerExact;
        Assert.Contains("eval()", Assert.Throws<CompressionException>(() => variant.forward(Data.Normal(1, 2, 1, 28, 28))).Message, StringComparison.Ordinal);
    }

    private static Module<Tensor, Tensor> Create(string name, out long[] shape)
    {
        shape = name switch { "lenet5" => [3, 1, 28, 28], "residual" => [3, 6, 9, 7], _ => [3, 3, 8, 8] };
        return name switch
        {
            "lenet5" => new LeNet5(),
            "residual" => new ResidualNet(),
            _ => new NestedNet(opaque: name == "opaque"),
        };
    }

    private static Module<Tensor, Tensor> Apply(Module<Tensor, Tensor> model)
    {
        var algorithm = new SimulatedQuantization();
        return model switch
        {
            LeNet5 m => algorithm.Apply(m),
            ResidualNet m => algorithm.Apply(m),
            _ => algorithm.Apply((TestModel)model),
        };
    }

    private static void Load(Module<Tensor, Tensor> variant, Dictionary<string, Tensor> state)
    {
        if (variant is LeNet5.FakeQuantized lenet)
            lenet.LoadOriginal(state);
        else if (variant is ResidualNet.FakeQuantized residual)
            residual.LoadOriginal(state);
        else
            ((TestVariant)variant).LoadOriginal(state);
    }

    private sealed class Strange : Module<Tensor, Tensor>
    {
        private readonly Parameter scale = Parameter(full(1, 2.5f));

        public Strange()
            : base(nameof(Strange)) => RegisterComponents();

        public override Tensor forward(Tensor x) => x * scale;
    }
}
