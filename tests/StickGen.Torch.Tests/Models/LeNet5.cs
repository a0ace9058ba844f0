using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Rules;
using StickGen.Units;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

namespace StickGen.Torch.Tests.Models;

public sealed partial class LeNet5 : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1 = Conv2d(1, 6, 5);
    private readonly Conv2d conv2 = Conv2d(6, 16, 5);
    private readonly MaxPool2d pool = MaxPool2d(2);
    private readonly Linear fc1 = Linear(256, 120);
    private readonly Linear fc2 = Linear(120, 84);
    private readonly Linear fc3 = Linear(84, 10);

    public LeNet5()
        : base(nameof(LeNet5)) => RegisterComponents();

    /// <summary>As [KeepFloat] on fc3, which the hand-written code below can do per instance.</summary>
    public bool KeepsLastFloat { get; init; }

    public override Tensor forward(Tensor x)
    {
        x = pool.forward(relu(conv1.forward(x)));
        x = pool.forward(relu(conv2.forward(x)));
        x = relu(fc1.forward(x.flatten(1)));
        return fc3.forward(relu(fc2.forward(x)));
    }
}

// As emitted, by hand.
public sealed partial class LeNet5 : ICompressible<LeNet5.FakeQuantized, LeNet5.Quantized>
{
    string ICompressible.ModelName => "LeNet5";

    IReadOnlyList<ModelInput> ICompressible.Inputs => Graph.Inputs;

    IReadOnlyList<RewriteRule> ICompressible.Rules => BuiltInRules.All;

    SymbolicTensor[] ICompressible.Replay(Tracer tracer, SymbolicTensor[] inputs) => [Graph.Replay(this, tracer, inputs[0])];

    FakeQuantized ICompressible<FakeQuantized, Quantized>.CreateFakeQuantized(VariantBuilder builder) => new(this, builder);

    public static class Graph
    {
        internal static readonly ModelInput[] Inputs = [new("x", new Shape("batch", 1, 28, 28))];

        public static ModelGraph Of(LeNet5 model, params ReadOnlySpan<Shape> inputs) => Tracer.Trace(model, inputs);

        internal static SymbolicTensor Replay(LeNet5 model, Tracer t, SymbolicTensor x)
        {
            t.At("x = pool.forward(relu(conv1.forward(x)));");
            var v1 = t.Module(1, "conv1", model.conv1, x);
            var v2 = t.Relu(2, v1);
            var v3 = t.Module(3, "pool", model.pool, v2);
            t.At("x = pool.forward(relu(conv2.forward(x)));");
            var v4 = t.Module(4, "conv2", model.conv2, v3);
            var v5 = t.Relu(5, v4);
            var v6 = t.Module(6, "pool", model.pool, v5);
            t.At("x = relu(fc1.forward(x.flatten(1)));");
            var v7 = t.Flatten(7, v6, 1);
            var v8 = t.Module(8, "fc1", model.fc1, v7);
            var v9 = t.Relu(9, v8);
            t.At("return fc3.forward(relu(fc2.forward(x)));");
            var v10 = t.Module(10, "fc2", model.fc2, v9);
            var v11 = t.Relu(11, v10);
            var v12 = t.Module(12, "fc3", model.fc3, v11, keepFloat: model.KeepsLastFloat);
            t.Site("conv1_relu", 1, 2);
            t.Site("conv2_relu", 4, 5);
            t.Site("fc1_relu", 8, 9);
            t.Site("fc2_relu", 10, 11);
            t.Site("fc3", 12);
            return v12;
        }
    }

    public sealed class FakeQuantized : Module<Tensor, Tensor>, IFakeQuantized<Quantized>
    {
        private readonly Conv2d conv1;
        private readonly Conv2d conv2;
        private readonly MaxPool2d pool;
        private readonly Linear fc1;
        private readonly Linear fc2;
        private readonly Linear fc3;
        private readonly Units units;

        internal FakeQuantized(LeNet5 model, VariantBuilder builder)
            : base("LeNet5")
        {
            conv1 = builder.Rebuild(this, "conv1", model.conv1);
            conv2 = builder.Rebuild(this, "conv2", model.conv2);
            pool = builder.Rebuild(this, "pool", model.pool);
            fc1 = builder.Rebuild(this, "fc1", model.fc1);
            fc2 = builder.Rebuild(this, "fc2", model.fc2);
            fc3 = builder.Rebuild(this, "fc3", model.fc3);
            units = new Units(builder);
            State = builder.Complete(this);
        }

        public FakeQuantization State { get; }

        Quantized IFakeQuantized<Quantized>.CreateQuantized(QuantizedModel model) => new(model);

        protected override void RegisterComponents()
        {
        }

        public override Tensor forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            var v0 = units.x.forward(x);
            var v2 = units.conv1_relu.forward(v0);
            var v3 = pool.forward(v2);
            var v5 = units.conv2_relu.forward(v3);
            var v6 = pool.forward(v5);
            var v7 = v6.flatten(1);
            var v9 = units.fc1_relu.forward(v7);
            var v11 = units.fc2_relu.forward(v9);
            var v12 = units.fc3.forward(v11);
            return v12.MoveToOuterDisposeScope();
        }

        private sealed class Units(VariantBuilder builder)
        {
            public readonly Unit x = builder.Input("x");
            public readonly Unit conv1_relu = builder.Unit("conv1_relu");
            public readonly Unit conv2_relu = builder.Unit("conv2_relu");
            public readonly Unit fc1_relu = builder.Unit("fc1_relu");
            public readonly Unit fc2_relu = builder.Unit("fc2_relu");
            public readonly Unit fc3 = builder.Unit("fc3");
        }
    }

    public sealed class Quantized : IDisposable
    {
        internal Quantized(QuantizedModel model) => Model = model;

        public QuantizedModel Model { get; }

        public static Quantized Load(string path) => new(DeployedVariant.Load(path, "LeNet5"));

        public void Save(string path) => Model.Save(path);

        public void Run(ReadOnlySpan<float> x, Span<float> result) => Model.Run(x, result);

        public Module<Tensor, Tensor> AsModule() => DeployedVariant.AsModule(Model);

        public void Dispose() => Model.Dispose();
    }
}
