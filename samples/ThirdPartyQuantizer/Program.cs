using StickGen;
using StickGen.Compression;
using StickGen.Training;
using ThirdPartyQuantizer;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Linear = TorchSharp.Modules.Linear;

// Trains a small network with an algorithm and a rule that StickGen knows nothing of, converts it, and compares every integer.
random.manual_seed(1);
using var model = new DoublingNet();
var algorithm = new PowerOfTwoQuantization();
using var qat = algorithm.Apply(model);
var inputs = randn(512, 16);
using var data = new InMemoryDataset(inputs, (inputs[.., ..4].sum([1]) > 0).to_type(ScalarType.Int64));
var trainer = new Trainer(new() { Epochs = 20, BatchSize = 32 }, Losses.CrossEntropy, parameters => optim.Adam(parameters, 1e-2))
{
    Metrics = () => [new LossMetric(), new AccuracyMetric()],
};
var result = trainer.Fit(qat, data, algorithm.Callbacks);
Console.WriteLine(algorithm.Summary(qat));
Console.WriteLine($"accuracy in training {result.History[^1].Training["accuracy"]:F1} %");

using var deployed = algorithm.Convert(qat);
qat.eval();
qat.State.Mode = QuantizationMode.IntegerExact;
using var capture = qat.State.CaptureActivations();
qat.forward(inputs);
var integers = deployed.Model.Trace(inputs.data<float>().ToArray());
var different = capture.Values.Sum(value => value.Value.Zip(integers[value.Key]).Count(pair => pair.First != pair.Second));
Console.WriteLine($"{different} of {capture.Values.Sum(v => v.Value.Length)} integers differ between the trained and the deployed model");
return different == 0 ? 0 : 1;

/// <summary>Its first layer is what the rule looks for.</summary>
[Compressible, InputShape("batch", 16)]
public sealed partial class DoublingNet : Module<Tensor, Tensor>
{
    private readonly Linear fc1 = Linear(16, 12, hasBias: false);
    [Bits(weights: 4)] private readonly Linear fc2 = Linear(12, 2);

    public DoublingNet()
        : base(nameof(DoublingNet)) => RegisterComponents();

    public override Tensor forward(Tensor x)
    {
        var y = fc1.forward(x);
        return fc2.forward((y + y).relu());
    }
}
