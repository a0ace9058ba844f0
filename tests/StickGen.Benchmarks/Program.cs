using StickGen.Benchmarks;
using StickGen.Benchmarks.Decode;
using StickGen.Benchmarks.Deploy;
using StickGen.Benchmarks.Generator;

return args switch
{
    ["deploy", .. var rest] => DeployCommand.Run(rest),
    ["decode", .. var rest] => DecodeCommand.Run(rest),
    ["layers", var network] => LayersCommand.Run(network),
    ["compare", var network] => CompareCommand.Run(network),
    ["generator", .. var rest] => GeneratorCommand.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        StickGen.Benchmarks deploy [--report FILE] [--quick] [--model NAME] [--threads N] [--ort-isa ISA]

        StickGen.Benchmarks decode [--report FILE] [--quick] [--threads N]

        StickGen.Benchmarks layers NAME

        StickGen.Benchmarks compare NAME

        StickGen.Benchmarks generator [--report FILE] [--rounds N] [--no-build]

        deploy measures int8 networks in StickGen, ONNX Runtime and TorchSharp, side by side, and what the machine itself can do.

          --report FILE   writes the figures as JSON
          --quick         a tenth of the rounds
          --model NAME    one network: lenet5, resnet20, mobilenetv2, resnet18, encoder
          --threads N     one number of threads, instead of one and two
          --ort-isa ISA   native, or avx2: ONNX Runtime as on a CPU without AVX-512 and VNNI

        decode measures a decoder with quantized linear layers beside float32 in TorchSharp, and products of four bits beside ONNX Runtime.

        layers shows the time of each step of a network in StickGen.

        compare looks for the first value of a network that is another in ONNX Runtime.

        generator measures what the generator and the analyzers cost while typing and in a build, against the compiler alone.

          --rounds N      how often each is measured; the fastest counts
          --no-build      leaves out the builds of whole projects
        """);
    return 2;
}
