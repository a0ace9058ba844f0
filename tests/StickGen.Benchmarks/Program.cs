using StickGen.Benchmarks;
using StickGen.Benchmarks.Deploy;

return args switch
{
    ["deploy", .. var rest] => DeployCommand.Run(rest),
    ["layers", var network] => LayersCommand.Run(network),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        StickGen.Benchmarks deploy [--report FILE] [--quick] [--model NAME] [--threads N]

        StickGen.Benchmarks layers NAME

        deploy measures int8 networks in StickGen, ONNX Runtime and TorchSharp, side by side, and what the machine itself can do.

          --report FILE   writes the figures as JSON
          --quick         a tenth of the rounds
          --model NAME    one network: lenet5, resnet20, mobilenetv2, resnet18
          --threads N     one number of threads, instead of one and two

        layers shows the time of each step of a network in StickGen.
        """);
    return 2;
}
