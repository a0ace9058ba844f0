/// <summary>The arguments of this program.</summary>
internal sealed record CommandLine(string Model, string? Images, string? Labels, int Show, bool Measure)
{
    public const string Usage =
        """
        LeNet5.Deploy MODEL [--images FILE [--labels FILE]] [--show N]

          MODEL          the int8 model that samples/LeNet5 saved (lenet5.safetensors)
          --images FILE  images to classify: an idx file of 28 × 28 images, gzipped or not
          --labels FILE  what they are: an idx file; gives the accuracy
          --show N       how many of the images to print (default 3)
          --measure      answers requests for measurements on the standard input; see Measuring.cs
        """;

    /// <exception cref="ArgumentException">An argument is unknown or lacks its value; the message says which.</exception>
    public static CommandLine Parse(string[] args)
    {
        var command = new CommandLine(Model: "", Images: null, Labels: null, Show: 3, Measure: false);
        for (var i = 0; i < args.Length; i++)
        {
            command = args[i] switch
            {
                "--images" => command with { Images = Value(args, ref i) },
                "--labels" => command with { Labels = Value(args, ref i) },
                "--show" => command with { Show = Number(args, ref i) },
                "--measure" => command with { Measure = true },
                ['-', ..] => throw new ArgumentException($"there is no option '{args[i]}'.\n\n{Usage}"),
                _ when command.Model.Length > 0 => throw new ArgumentException($"'{args[i]}' is a second model; there can be only one."),
                _ => command with { Model = args[i] },
            };
        }

        return command switch
        {
            { Model: "" } => throw new ArgumentException($"no model is given.\n\n{Usage}"),
            { Images: null, Labels: not null } => throw new ArgumentException("--labels needs --images."),
            { Measure: true, Labels: null } => throw new ArgumentException("--measure needs --images and --labels."),
            _ => command,
        };
    }

    private static string Value(string[] args, ref int i) =>
        ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value.");

    private static int Number(string[] args, ref int i)
    {
        var text = Value(args, ref i);
        return int.TryParse(text, out var number) && number >= 0
            ? number
            : throw new ArgumentException($"{args[i - 1]} is '{text}'; it has to be a whole number, at least 0.");
    }
}
