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

    public static TheoryData<string> ModelNames => ["lenet5", "residual", "nested", "opaque", "helpers"];

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

    public static TheoryData<string, BatchNormFold> Unrounded
    {
        get
        {
            var data = new TheoryData<string, BatchNormFold>();
            foreach (var name in (string[])["lenet5", "residual", "opaque"])
                data.Add(name, BatchNormFold.OneConvFold);
            data.Add("residual", BatchNormFold.None);
            data.Add("residual", BatchNormFold.TwoConvFold);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Unrounded))]
    public void Before_anything_is_rounded_gradients_are_the_original_ones(string name, BatchNormFold fold)
    {
        using var model = Create(name, out var shape);
        using var variant = Apply(model, new() { QuantDelay = 10, BatchNormFold = fold });
        var x = Data.Normal(1, shape);
        var expected = model.forward(x);
        var actual = variant.forward(x);
        var weights = Data.Normal(2, expected.shape);
        expected.mul(weights).sum().backward();
        actual.mul(weights).sum().backward();
        Data.AssertClose(expected, actual, 1e-4);
        var gradients = variant.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad!);
        foreach (var (key, parameter) in model.named_parameters())
            Data.AssertClose(parameter.grad!, gradients[key], 1e-3 * (1 + parameter.grad!.abs().max().item<float>()));
    }

    [Fact]
    public void A_child_that_is_called_twice_is_refused()
    {
        using var model = new TwiceNet();
        var error = Assert.Throws<CompressionException>(() => new SimulatedQuantization().Apply(model));
        Assert.Contains("'stage' (Stage) is called twice", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_module_that_can_rebuild_itself_is_trained()
    {
        using var model = new SingleLayerNet(new Shape("batch", 4), new Scale());
        using var variant = new SimulatedQuantization().Apply(model);
        Assert.Empty(variant.State.Borrowed);
        variant.train();
        variant.forward(Data.Normal(1, 5, 4)).sum().backward();
        Assert.NotNull(Assert.Single(variant.parameters()).grad);
        Assert.Null(Assert.Single(model.parameters()).grad);
    }

    [Fact]
    public void A_training_step_leaves_no_tensor_behind()
    {
        using var model = new ResidualNet();
        using var variant = new SimulatedQuantization().Apply(model);
        var x = Data.Normal(1, 2, 6, 9, 7);
        var optimizer = optim.SGD(variant.parameters(), 1e-3);
        var counts = new List<long>();
        for (var i = 0; i < 6; i++)
        {
            using (NewDisposeScope())
            {
                optimizer.zero_grad();
                variant.forward(x).square().mean().backward();
                optimizer.step();
            }

            counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }

        Assert.Equal(counts[2], counts[5]);
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
        using var model = new OpaqueNet();
        var algorithm = new SimulatedQuantization();
        using var variant = algorithm.Apply(model);
        var units = variant.State.Units.ToDictionary(u => u.Name);
        // A quantized unit reads log_softmax's result, and (through flatten) cumsum's.
        Assert.NotNull(units["features.log_softmax"].Output.Quantizer);
        Assert.NotNull(units["cumsum"].Output.Quantizer);
        variant.train();
        variant.forward(Data.Normal(1, 2, 3, 8, 8));
        var error = Assert.Throws<CompressionException>(() => algorithm.Convert(variant));
        Assert.Contains("features.log_softmax: the integer model has no operation for the module LogSoftmax", error.Message, StringComparison.Ordinal);
        Assert.Contains("cumsum: the integer model has no operation for 'cumsum' in '", error.Message, StringComparison.Ordinal);
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
    public void A_borrowed_module_runs_in_evaluation_mode_and_keeps_its_own()
    {
        using var model = new SingleLayerNet(new Shape("batch", 4), new Doubled(("dropout", Dropout()), ("norm", BatchNorm1d(4, affine: false))));
        model.train();
        var norm = model.modules().OfType<BatchNorm1d>().Single();
        using var variant = new SimulatedQuantization().Apply(model);
        Assert.Equal(["layer"], variant.State.Borrowed);
        var x = Data.Normal(1, 5, 4);
        Data.AssertSame(variant.forward(x), variant.forward(x));
        Assert.Equal(0, norm.num_batches_tracked!.item<long>());
        Assert.All(model.modules(), m => Assert.True(m.training));
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

    [Fact]
    public void A_delay_is_counted_in_forwards_by_shared_quantizers_too()
    {
        using var model = new ResidualNet();
        using var variant = new SimulatedQuantization(new() { QuantDelay = 2 }).Apply(model);
        variant.train();
        var x = Data.Normal(1, 2, 6, 9, 7);
        foreach (var isRounded in new[] { false, false, true })
        {
            // It is called for the input, for a convolution and for their sum.
            List<bool> rounded = [];
            var hook = variant.State.Quantizers["x.output"].register_forward_hook((_, input, output) =>
            {
                rounded.Add(output.sub(input).abs().max().item<float>() > 0);
                return output;
            });
            variant.forward(x);
            hook.remove();
            Assert.Equal([isRounded, isRounded, isRounded], rounded);
        }
    }

    [Fact]
    public void Each_module_is_in_the_mode_of_its_original()
    {
        using var model = new ResidualNet();
        model.train();
        model.named_children().Single(c => c.name == "bn1").module.eval();
        using var variant = new SimulatedQuantization().Apply(model);
        Assert.Equal(["bn1"], variant.named_modules().Where(m => !m.module.training).Select(m => m.name));
        model.eval();
        using var other = new SimulatedQuantization().Apply(model);
        Assert.All(other.named_modules(), m => Assert.False(m.module.training));
    }

    [Fact]
    public void A_variant_can_change_its_type_after_ranges_were_observed()
    {
        using var model = new ResidualNet();
        var algorithm = new SimulatedQuantization();
        using var variant = algorithm.Apply(model);
        variant.train();
        var x = Data.Normal(1, 2, 6, 9, 7);
        variant.forward(x);
        variant.to(float64);
        variant.forward(x.to(float64)).sum().backward();
        using var deployed = algorithm.Convert(variant);
    }

    [Fact]
    public void A_class_derived_from_Sequential_is_taken_apart_only_if_it_computes_what_that_does()
    {
        using var doubled = new SingleLayerNet(new Shape("batch", 4), new Doubled(("fc", Linear(4, 3)), ("relu", ReLU())));
        using var variant = new SimulatedQuantization().Apply(doubled);
        Assert.Equal(["layer"], variant.State.Borrowed);
        variant.eval();
        variant.State.Mode = QuantizationMode.Disabled;
        var x = Data.Normal(1, 5, 4);
        Data.AssertSame(doubled.forward(x), variant.forward(x));

        using var named = new SingleLayerNet(new Shape("batch", 4), new Named(("fc", Linear(4, 3)), ("relu", ReLU())));
        using var other = new SimulatedQuantization().Apply(named);
        Assert.Empty(other.State.Borrowed);
        Assert.Single(other.State.Units.OfType<Units.LinearUnit>());
    }

    public static TheoryData<string, Module<Tensor, Tensor>> Copied => new()
    {
        { "LayerNorm", LayerNorm([3, 8, 8]) },
        { "LayerNorm without weights", LayerNorm([8], elementwise_affine: false) },
        { "LayerNorm without bias", LayerNorm([8], bias: false) },
        { "GroupNorm", GroupNorm(3, 3) },
        { "GroupNorm without weights", GroupNorm(1, 3, affine: false) },
        { "Conv1d", Conv1d(8, 4, 3, stride: 2, padding: 1, bias: false) },
        { "Conv1d same", Conv1d(8, 4, 3, Padding.Same) },
        { "ELU", ELU(0.5) },
        { "Mish", Mish() },
        { "Hardtanh", Hardtanh(-0.3, 0.2) },
        { "Softplus", Softplus(2) },
    };

    [Theory]
    [MemberData(nameof(Copied))]
    public void A_copy_computes_the_same_with_weights_of_its_own(string name, Module<Tensor, Tensor> module)
    {
        using var noGrad = no_grad();
        foreach (var parameter in module.parameters())
            parameter.normal_();
        using var copy = (Module<Tensor, Tensor>)ModuleCopier.TryCopy(module)!;
        var x = name.StartsWith("Conv1d", StringComparison.Ordinal) ? Data.Normal(1, 2, 8, 5) : Data.Normal(1, 2, 3, 8, 8);
        var expected = module.forward(x);
        Data.AssertSame(expected, copy.forward(x));
        foreach (var parameter in module.parameters())
            parameter.zero_();
        Data.AssertSame(expected, copy.forward(x));
        module.Dispose();
    }

    [Fact]
    public void A_convolution_that_cannot_be_deployed_says_why()
    {
        var shape = new Shape("batch", 3, 8, 8);
        Assert.Contains("padding mode is Reflect", Problem(Conv2d(3, 4, 3, padding: 1, padding_mode: PaddingModes.Reflect)), StringComparison.Ordinal);
        Assert.Contains("one side more", Problem(Conv2d(3, 4, 2, padding: Padding.Same)), StringComparison.Ordinal);

        string Problem(Module<Tensor, Tensor> layer)
        {
            using var model = new SingleLayerNet(shape, layer);
            var algorithm = new SimulatedQuantization();
            using var variant = algorithm.Apply(model);
            return Assert.Throws<CompressionException>(() => algorithm.Convert(variant)).Message;
        }
    }

    private static Module<Tensor, Tensor> Create(string name, out long[] shape)
    {
        shape = name switch { "lenet5" => [3, 1, 28, 28], "residual" => [3, 6, 9, 7], _ => [3, 3, 8, 8] };
        return name switch
        {
            "lenet5" => new LeNet5(),
            "residual" => new ResidualNet(),
            "nested" => new NestedNet(),
            "helpers" => new HelperNet(),
            _ => new OpaqueNet(),
        };
    }

    private static Module<Tensor, Tensor> Apply(Module<Tensor, Tensor> model, SimulatedQuantizationOptions? options = null)
    {
        var algorithm = new SimulatedQuantization(options ?? new());
        return model switch
        {
            LeNet5 m => algorithm.Apply(m),
            ResidualNet m => algorithm.Apply(m),
            NestedNet m => algorithm.Apply(m),
            HelperNet m => algorithm.Apply(m),
            _ => algorithm.Apply((OpaqueNet)model),
        };
    }

    private static void Load(Module<Tensor, Tensor> variant, Dictionary<string, Tensor> state)
    {
        switch (variant)
        {
            case LeNet5.FakeQuantized v: v.LoadOriginal(state); break;
            case ResidualNet.FakeQuantized v: v.LoadOriginal(state); break;
            case NestedNet.FakeQuantized v: v.LoadOriginal(state); break;
            case HelperNet.FakeQuantized v: v.LoadOriginal(state); break;
            default: ((OpaqueNet.FakeQuantized)variant).LoadOriginal(state); break;
        }
    }

    private sealed class Doubled(params (string, Module<Tensor, Tensor>)[] children) : Sequential(children)
    {
        public override Tensor forward(Tensor x) => base.forward(x) * 2;
    }

    private sealed class Named(params (string, Module<Tensor, Tensor>)[] children) : Sequential(children);

    private sealed class Scale : Module<Tensor, Tensor>, IRebuildable
    {
        private readonly Parameter factor = Parameter(full(1, 2.5f));

        public Scale()
            : base(nameof(Scale)) => RegisterComponents();

        public nn.Module Rebuild() => new Scale();

        public override Tensor forward(Tensor x) => x * factor;
    }

    private sealed class Strange : Module<Tensor, Tensor>
    {
        private readonly Parameter scale = Parameter(full(1, 2.5f));

        public Strange()
            : base(nameof(Strange)) => RegisterComponents();

        public override Tensor forward(Tensor x) => x * scale;
    }
}
