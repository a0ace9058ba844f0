// Classifies handwritten digits with an int8 LeNet-5. There is no TorchSharp here and no libtorch: this program, StickGen's
// run-time library and the model file are all it takes.
using StickGen.Deployment;

try
{
    if (args is [] or ["--help"])
    {
        Console.WriteLine(CommandLine.Usage);
        return args is [] ? 1 : 0;
    }

    var command = CommandLine.Parse(args);
    using var digits = Digits.Load(command.Model);
    Console.Error.WriteLine($"{command.Model}: int8, {Digits.InputLength} pixels to {Digits.OutputLength} logits, runs on {digits.InstructionSet}");
    if (command.Images is null)
        return 0;

    var images = DigitImages.Read(command.Images, command.Labels);
    if (command.Measure)
        Measuring.Serve(digits, images, Console.In, Console.Out);
    else
        Classification.Show(digits, images, command.Show, Console.Out);
    return 0;
}
catch (Exception e) when (e is ArgumentException or InvalidModelException or IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 1;
}
