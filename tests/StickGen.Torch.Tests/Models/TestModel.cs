using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Rules;
using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Models;

/// <summary>
/// A model whose variant is written as two delegates instead of as emitted classes, so that tests can have many of them.
/// </summary>
public abstract class TestModel(string name, Shape? shape) : nn.Module<Tensor, Tensor>(name), ICompressible<TestVariant, TestDeployed>
{
    private readonly ModelInput[] inputs = [new("x", shape)];
    private readonly string modelName = name;

    string ICompressible.ModelName => modelName;

    IReadOnlyList<ModelInput> ICompressible.Inputs => inputs;

    IReadOnlyList<RewriteRule> ICompressible.Rules => Rules;

    protected virtual IReadOnlyList<RewriteRule> Rules => BuiltInRules.All;

    SymbolicTensor[] ICompressible.Replay(Tracer tracer, SymbolicTensor[] inputs) => [Replay(tracer, inputs[0])];

    TestVariant ICompressible<TestVariant, TestDeployed>.CreateFakeQuantized(VariantBuilder builder) => new(this, modelName, builder);

    /// <summary>The symbolic replay of forward.</summary>
    public abstract SymbolicTensor Replay(Tracer t, SymbolicTensor x);

    /// <summary>Rebuilds the modules, takes the units, and returns forward.</summary>
    public abstract Func<Tensor, Tensor> Emit(VariantBuilder builder, TestVariant owner);
}

public sealed class TestVariant : nn.Module<Tensor, Tensor>, IFakeQuantized<TestDeployed>
{
    private readonly Func<Tensor, Tensor> run;

    internal TestVariant(TestModel model, string name, VariantBuilder builder)
        : base(name)
    {
        run = model.Emit(builder, this);
        State = builder.Complete(this);
    }

    public FakeQuantization State { get; }

    TestDeployed IFakeQuantized<TestDeployed>.CreateQuantized(QuantizedModel model) => new(model);

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return run(x).MoveToOuterDisposeScope();
    }

    protected override void RegisterComponents()
    {
    }
}

public sealed class TestDeployed(QuantizedModel model) : IDisposable
{
    public QuantizedModel Model { get; } = model;

    public void Dispose() => Model.Dispose();
}
