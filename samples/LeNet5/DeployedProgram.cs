using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

/// <summary>LeNet5.Deploy, running in a process of its own: no TorchSharp there.</summary>
internal sealed class DeployedProgram : IDisposable
{
    private readonly Process process;

    public DeployedProgram(string model, Mnist digits)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { BuildPaths.DeployedProgram, model, "--images", digits.ImageFile, "--labels", digits.LabelFile, "--measure" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"'dotnet' cannot be started, which runs the deployed program: {e.Message}", e);
        }
    }

    /// <summary>All that a device would need besides the model, in bytes.</summary>
    public static long FolderBytes => Folder.Bytes(Path.GetDirectoryName(BuildPaths.DeployedProgram)!);

    /// <summary>The accuracy over all images, in percent, and the instruction set in use.</summary>
    public (double Accuracy, string InstructionSet) MeasureAccuracy()
    {
        var answer = Ask("accuracy");
        return (answer.GetProperty("accuracy").GetDouble(), answer.GetProperty("isa").GetString()!);
    }

    /// <summary>The median time of one image, in microseconds.</summary>
    public double MeasureRound(int first, int count) =>
        Ask(string.Create(CultureInfo.InvariantCulture, $"round {first} {count}")).GetProperty("microseconds").GetDouble();

    public void Dispose()
    {
        // The end of its input ends the program.
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    private JsonElement Ask(string request)
    {
        process.StandardInput.WriteLine(request);
        process.StandardInput.Flush();
        var answer = process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException("the deployed program has ended; it said why above.");
        return JsonSerializer.Deserialize<JsonElement>(answer);
    }
}
