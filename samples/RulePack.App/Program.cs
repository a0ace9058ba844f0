using RulePack;
using RulePackApp;
using StickGen.Compression;
using static TorchSharp.torch;

// Compresses a model with a rule of another assembly, and says where it was applied.
random.manual_seed(1);
using var model = new ScaledScores();
var algorithm = new SimulatedQuantization();
using var variant = algorithm.Apply(model);
variant.State.Matches.ExpectMatches(ScaledLinear.Rule, 1);
foreach (var unit in variant.State.Units.Where(unit => unit.Rule is not null))
    Console.WriteLine($"{unit.Name}: {unit.Rule}");
Console.WriteLine($"not applied: {variant.State.Matches.WhyNot(ScaledLinear.Rule, "value_div")}");

var inputs = randn(64, 8, 32);
variant.train();
for (var i = 0; i < 4; i++)
    variant.forward(inputs).Dispose();
variant.eval();
using var deployed = algorithm.Convert(variant);
var difference = (deployed.AsModule().forward(inputs) - model.forward(inputs)).abs().max().item<float>();
Console.WriteLine($"largest difference of the deployed model to the float model: {difference:F4}");
return 0;
