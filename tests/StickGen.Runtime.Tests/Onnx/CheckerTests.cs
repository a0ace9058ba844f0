using System.Diagnostics;
using StickGen.Graphs;
using StickGen.Runtime.Tests.Models;
using Xunit.Abstractions;

namespace StickGen.Runtime.Tests.Onnx;

/// <summary>
/// Exported files satisfy ONNX's own checker, with shape inference, where Debian's python3-onnx is installed; ONNX Runtime loads
/// them everywhere.
/// </summary>
public sealed class CheckerTests(ITestOutputHelper output)
{
    private const string Python = "/usr/bin/python3";

    private const string Script = """
        import sys, onnx
        for path in sys.argv[1:]:
            onnx.checker.check_model(path, full_check=True)
        print(onnx.__version__)
        """;

    [Fact]
    public void Files_are_valid()
    {
        ModelGraph[] graphs =
        [
            LeNet5.Create(), Networks.ResNet(3), Networks.Float(4, 5, 9),
            .. Enumerable.Range(0, 10).Select(seed => RandomModel.Create(seed).Graph),
            .. Enumerable.Range(0, 10).Select(seed => new OneOperation(seed).Linear().Graph),
        ];
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var paths = new List<string>();
            foreach (var graph in graphs)
            {
                var model = OnnxRun.Export(graph);
                new OnnxRun(model, optimized: false).Dispose();
                paths.Add(Path.Combine(folder.FullName, $"{paths.Count}.onnx"));
                File.WriteAllBytes(paths[^1], model);
            }

            if (!File.Exists(Python) || Run("-c", "import onnx").ExitCode != 0)
            {
                output.WriteLine("onnx.checker was not run: python3-onnx is not installed. ONNX Runtime loaded every file.");
                return;
            }

            var (exitCode, text) = Run(["-c", Script, .. paths]);
            Assert.True(exitCode == 0, text);
            output.WriteLine($"onnx.checker {text.Trim()} accepted {paths.Count} files.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static (int ExitCode, string Text) Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text + errors.Result);
    }
}
