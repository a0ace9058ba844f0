using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;
var data = args[0];
int epochs = int.Parse(args[1]); int bs = int.Parse(args[2]); double lr = double.Parse(args[3], System.Globalization.CultureInfo.InvariantCulture); int aug = int.Parse(args[4]); int seed = int.Parse(args[5]);
using var train = Mnist.Training(data).ToDataset();
using var test = Mnist.Test(data).ToDataset();
torch.manual_seed(seed);
using var model = new LeNet5();
var trainer = new Trainer(new() { Epochs = epochs, BatchSize = bs, Seed = seed, Schedule = new CosineSchedule(200, 0.01) }, Losses.CrossEntropy, p => torch.optim.AdamW(p, lr, weight_decay: 0.01))
{ Metrics = () => [new LossMetric(), new AccuracyMetric()], Augmentation = aug == 0 ? null : (b, g) => {
    var n = b.Count;
    var a = (torch.rand(n, generator: g) - 0.5) * (2 * 10 * Math.PI / 180);
    var sh = (torch.rand(n, 2, generator: g) - 0.5) * (2 * 2 / 14.0);
    var sc = 1 + (torch.rand(n, generator: g) - 0.5) * 0.2;
    var c = a.cos() * sc; var s = a.sin() * sc;
    var theta = torch.stack([torch.stack([c, -s, sh.select(1, 0)], 1), torch.stack([s, c, sh.select(1, 1)], 1)], 1);
    var grid = torch.nn.functional.affine_grid(theta, [n, 1, 28, 28], align_corners: false);
    return b.WithInput(torch.nn.functional.grid_sample(b.Input, grid, align_corners: false));
} };
var w = System.Diagnostics.Stopwatch.StartNew();
var r = trainer.Fit(model, train, [new ConsoleProgress("float32")], test);
Console.WriteLine($"{w.Elapsed.TotalSeconds:0.0} s total");
