// A user's training project, built by the tests from the packages. Expected.txt is what it prints.
using StickGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

using var scope = NewDisposeScope();
using var model = new Tiny();
model.eval();
Console.WriteLine($"fp32: [{string.Join(", ", model.forward(zeros(2, 1, 8, 8)).shape)}]");

[Compressible]
public sealed partial class Tiny : Module<Tensor, Tensor>
{
    private readonly Conv2d conv = Conv2d(1, 4, 3);
    [KeepFloat] private readonly Linear head = Linear(144, 10);

    public Tiny() : base(nameof(Tiny)) => RegisterComponents();

    public override Tensor forward(Tensor x) => head.forward(relu(conv.forward(x)).flatten(1));
}
