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
    var images = command.Images is null ? null : DigitImages.Read(command.Images, command.Labels);
    if (images is not null && command.Measure)
    {
        Measuring.Serve(digits, images, Console.In, Console.Out);
        return 0;
    }

    Console.WriteLine($"{command.Model}: int8, {Digits.InputLength} pixels to {Digits.OutputLength} logits, runs on {digits.InstructionSet}");
    if (images is not null)
        Classification.Show(digits, images, command.Show, Console.Out);
    return 0;
}
catch (Exception e) when (e is ArgumentException or InvalidModelException or IOException or InvalidDataException
    or InvalidOperationException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 1;
}
