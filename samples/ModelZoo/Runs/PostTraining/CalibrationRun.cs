/// <summary>One run that quantizes a trained network without training.</summary>
/// <param name="Float">The run that continues from the float network's checkpoint: its network, its data, its seed.</param>
/// <param name="Method">How.</param>
/// <param name="Bits">Of weights and activations.</param>
internal sealed record CalibrationRun(Run Float, CalibrationMethod Method, Bits Bits)
{
    /// <summary>A run by its names.</summary>
    /// <exception cref="ArgumentException">A name is unknown, or an option is for training; the message says which.</exception>
    public static CalibrationRun Of(string network, string data, CalibrationMethod method, CommandLine command)
    {
        if (command.Epochs is { } epochs)
            throw new ArgumentException($"--epochs is {epochs}; {method.Name} does not train.");
        if (command.LearningRate is { } rate)
            throw new ArgumentException($"--learning-rate is {rate}; {method.Name} does not train.");
        // It knows the names of networks and data sets, and what to say about others.
        return new(Run.Of(network, data, Algorithm.Float, seed: command.Seed), method, command.Bits ?? new(8, 8));
    }

    /// <summary>Names files of the run, such as <c>resnet20-fashion-mnist-ptq-w8a8-seed1</c>.</summary>
    public override string ToString() => $"{Float.Network.Name}-{Float.Data.Name}-{Method.Name}-w{Bits.Weights}a{Bits.Activations}-seed{Float.Seed}";

    /// <summary>The command that repeats the run.</summary>
    public string Command() =>
        $"dotnet run -c Release --project samples/ModelZoo -- {Float.Network.Name} {Float.Data.Name} {Method.Name} --bits {Bits} --seed {Float.Seed}";
}
