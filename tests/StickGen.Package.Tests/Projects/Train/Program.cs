// A user's training project, built by the tests from the packages. Expected.txt is what it prints.
using StickGen;
using StickGen.Compression;
using StickGen.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.functional;

manual_seed(7);
using var scope = NewDisposeScope();
var images = rand(64, 1, 8, 8);
using var data = new InMemoryDataset(images, images.mean([1, 2, 3]).mul(10).to(int64));
using var model = new Tiny();
Console.WriteLine(Tiny.Graph.Of(model).Nodes.Count + " nodes");

var algorithm = new SimulatedQuantization(new());
using var qat = algorithm.Apply(model);
var trainer = new Trainer(new() { Epochs = 1, BatchSize = 16 }, Losses.CrossEntropy, parameters => optim.SGD(parameters, 0.01));
await trainer.FitAsync(qat, data, algorithm.Callbacks);
qat.eval();

using (var converted = algorithm.Convert(qat))
    converted.Save("tiny.safetensors");
using var deployed = Tiny.Quantized.Load("tiny.safetensors");

qat.State.Mode = QuantizationMode.IntegerExact;
using var captured = qat.State.CaptureActivations();
using (no_grad())
    qat.call(images);
var trace = deployed.Model.Trace(images.data<float>().ToArray());
var differing = captured.ValuesIn(deployed.Model.Graph).Sum(v => v.Value.Zip(trace[v.Key]).Count(pair => pair.First != pair.Second));
Console.WriteLine($"{differing} activations differ");

[Compressible, InputShape("batch", 1, 8, 8)]
public sealed partial class Tiny : Module<Tensor, Tensor>
{
    private readonly Conv2d conv = Conv2d(1, 4, 3);
    [KeepFloat] private readonly Linear head = Linear(144, 10);

    public Tiny() : base(nameof(Tiny)) => RegisterComponents();

    public override Tensor forward(Tensor x) => head.forward(relu(conv.forward(x)).flatten(1));
}
