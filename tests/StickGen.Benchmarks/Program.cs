using StickGen.Benchmarks;
using StickGen.Benchmarks.Deploy;

return args switch
{
    ["deploy", .. var rest] => DeployCommand.Run(rest),
    ["layers", var network] => LayersCommand.Run(network),
    ["compare", var network] => CompareCommand.Run(network),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        StickGen.Benchmarks deploy [--report FILE] [--quick] [--model NAME] [--threads N] [--ort-isa ISA]

        StickGen.Benchmarks layers NAME

        StickGen.Benchmarks compare NAME

        deploy measures int8 networks in StickGen, ONNX Runtime and TorchSharp, side by side, and what the machine itself can do.

          --report FILE   writes the figures as JSON
          --quick         a tenth of the rounds
          --model NAME    one network: lenet5, resnet20, mobilenetv2, resnet18, encoder
          --threads N     one number of threads, instead of one and two
          --ort-isa ISA   native, or avx2: ONNX Runtime as on a CPU without AVX-512 and VNNI

        layers shows the time of each step of a network in StickGen.

        compare looks for the first value of a network that is another in ONNX Runtime.
        """);
    return 2;
}
