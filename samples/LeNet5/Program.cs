// LeNet-5 from float training to an int8 model that runs without TorchSharp, and what was gained. See CommandLine.cs for options.
using System.Diagnostics;
using StickGen.Compression;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Training;
using TorchSharp;

if (args is ["--help"])
{
    Console.WriteLine(CommandLine.Usage);
    return 0;
}

using var stop = new StopSignal();
var output = "";
try
{
    var clock = Stopwatch.StartNew();
    var command = CommandLine.Parse(args);
    output = Folder.Create(command.Output);
    // Now, not after minutes of training.
    if (command.Report is { } reportFile && Directory.Exists(reportFile))
        throw new ArgumentException($"--report is '{reportFile}', which is a folder; a file is expected.");
    if (command.Report is not null)
        Folder.Create(Path.GetDirectoryName(Path.GetFullPath(command.Report))!);

    var testDigits = Mnist.Test(command.Data);
    using var trainingSet = Mnist.Training(command.Data).ToDataset();
    using var testSet = testDigits.ToDataset();
    var training = new Training(command, trainingSet, stop.Token);

    // A step of this small network takes a few milliseconds: dividing it among threads costs more than it brings.
    torch.set_num_threads(1);

    // 1. A float network.
    torch.manual_seed(command.Seed).Dispose();
    using var model = new LeNet5();
    await training.TrainAsync(model);
    var floatAccuracy = Training.Accuracy(model, testSet);
    var floatFile = Path.Combine(output, "lenet5.float32.safetensors");
    SafetensorsFile.Save(model, floatFile);

    // 2. The same network with fake quantizers, retrained.
    var algorithm = new SimulatedQuantization(new() { WeightBits = 8, ActivationBits = 8 });
    using var fakeQuantized = algorithm.Apply(model);
    await training.RetrainAsync(fakeQuantized, algorithm);
    var fakeAccuracy = Training.Accuracy(fakeQuantized, testSet);

    // 3. The int8 model, saved, and loaded again as everything below sees it.
    var int8File = Path.Combine(output, "lenet5.safetensors");
    using (var converted = algorithm.Convert(fakeQuantized))
        converted.Save(int8File);
    using var int8 = QuantizedModel.Load(int8File);

    // 4. Does it compute what the fake-quantized network promised?
    Console.WriteLine("comparing every activation of the fake-quantized network with the int8 model's");
    var parity = Parity.Compare(fakeQuantized, int8, testDigits, stop.Token);

    // 5. The same file in a process that has no TorchSharp.
    Console.WriteLine("running the int8 model in a process without TorchSharp");
    using var deployed = new DeployedProgram(int8File, testDigits);
    var (int8Accuracy, instructionSet) = deployed.MeasureAccuracy();
    var (int8Time, floatTime) = Benchmark.Run(deployed, model, testDigits, stop.Token);

    var report = new Report
    {
        Fp32Accuracy = floatAccuracy,
        FakeQuantizedAccuracy = fakeAccuracy,
        Int8Accuracy = int8Accuracy,
        FakeVsInt8MismatchedValues = parity.Mismatched,
        ComparedValues = parity.Compared,
        Fp32Bytes = new FileInfo(floatFile).Length,
        Int8Bytes = new FileInfo(int8File).Length,
        IntegerWeightBytes = int8.Signature.Tensors.Where(t => t.Type == ElementType.Int8).Sum(t => t.Shape.ElementCount.Size),
        DeployFolderBytes = DeployedProgram.FolderBytes,
        TrainingFolderBytes = Folder.Bytes(AppContext.BaseDirectory),
        Int8UsPerImage = int8Time,
        Fp32TorchsharpUsPerImage = floatTime,
        Isa = instructionSet,
        Threads = 1,
        Seed = command.Seed,
        Epochs = command.Epochs,
        QatEpochs = command.QuantizedEpochs,
        Seconds = clock.Elapsed.TotalSeconds,
    };
    report.Print();
    if (command.Report is not null)
        report.Save(command.Report);
    return 0;
}
catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
{
    Console.WriteLine($"Stopped. What was learned so far is in '{output}': the same command with --resume continues from there.");
    return 130;
}
catch (Exception e) when (e is ArgumentException or IOException or InvalidDataException or UnauthorizedAccessException
    or InvalidOperationException or InvalidModelException or NotFiniteNumberException)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 1;
}
