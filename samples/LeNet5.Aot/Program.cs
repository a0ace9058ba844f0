// An int8 LeNet-5 as one native file: the program, StickGen's run-time library and the model, no .NET to be installed. It says which digit an
// image of 28x28 bytes shows, the one it has inside or a file that is named.
using StickGen.Deployment;

const int Pixels = 28 * 28;
if (args is not ([] or [_]))
{
    Console.Error.WriteLine("usage: LeNet5.Aot [IMAGE]  (784 bytes, row by row, 255 is ink)");
    return 2;
}

try
{
    var image = args is [var path] ? File.ReadAllBytes(path) : Resource("digit.raw");
    if (image.Length != Pixels)
        throw new InvalidDataException($"The image has {image.Length} bytes; {Pixels} are expected.");
    using var model = QuantizedModel.Load(Resource("lenet5.safetensors"));
    var pixels = Array.ConvertAll(image, value => value / 255f);
    var logits = new float[model.OutputLength(Pixels)];
    model.Run(pixels, logits);
    Console.WriteLine($"{Array.IndexOf(logits, logits.Max())} (int8, {model.InstructionSet})");
    return 0;
}
catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or InvalidModelException)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 1;
}

static byte[] Resource(string name)
{
    using var stream = typeof(Program).Assembly.GetManifestResourceStream(name)!;
    var bytes = new byte[stream.Length];
    stream.ReadExactly(bytes);
    return bytes;
}
