using StickGen.Compression;
using StickGen.Distillation;
using StickGen.Torch.Tests.Models;
using StickGen.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace StickGen.Torch.Tests.Algorithms;

public sealed class KnowledgeDistillationTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    public KnowledgeDistillationTests() => random.manual_seed(4);

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(ValueDistance.MeanSquaredError)]
    [InlineData(ValueDistance.MeanAbsoluteError)]
    [InlineData(ValueDistance.Cosine)]
    public void The_loss_is_the_published_one(ValueDistance distance)
    {
        using var teacher = new ResidualNet();
        using var model = new ResidualNet();
        using var student = new SimulatedQuantization().Apply(model);
        var batch = Spots.Batch(1, 8);
        student.forward(batch.Input);
        student.eval();
        using var distillation = KnowledgeDistillation.Of(teacher, new() { Temperature = 3, Alpha = 0.3, Values = [new("add_relu", Weight: 2, Distance: distance)] });
        var loss = distillation.Loss(Losses.CrossEntropy, student);
        using var capture = student.State.CaptureActivations();
        var output = student.forward(batch.Input);
        var actual = loss(output, batch).item<float>();

        teacher.eval();
        var (answers, given) = (teacher.forward(batch.Input).ToArray(), output.ToArray());
        var divergence = Enumerable.Range(0, 8).Average(row =>
            Softmax(answers, row, 3).Zip(Softmax(given, row, 3)).Sum(p => p.First * Math.Log(p.First / p.Second)));
        // The student's value from its integers, the teacher's from its modules.
        var unit = student.State.Units.Single(u => u.Name == "add_relu");
        var (scale, zero) = (unit.Output.Parameters.Scale, unit.Output.Parameters.ZeroPoint);
        var a = Array.ConvertAll(capture.Values["add_relu"], q => scale * (q - zero));
        var modules = teacher.named_modules().ToDictionary(m => m.name, m => m.module);
        Tensor Run(string name, Tensor x) => ((Module<Tensor, Tensor>)modules[name]).forward(x);
        var inner = functional.relu(Run("bn1", Run("conv1", batch.Input)));
        var b = functional.relu(Run("bn2", Run("conv2", inner)) + batch.Input).ToArray();
        var apart = distance switch
        {
            ValueDistance.MeanSquaredError => a.Zip(b).Average(p => Math.Pow(p.First - p.Second, 2)),
            ValueDistance.MeanAbsoluteError => a.Zip(b).Average(p => Math.Abs(p.First - p.Second)),
            _ => a.Zip(b).Chunk(a.Length / 8).Average(c =>
                1 - (c.Sum(p => p.First * p.Second) / Math.Sqrt(c.Sum(p => p.First * p.First) * c.Sum(p => p.Second * p.Second)))),
        };
        var expected = (0.7 * Losses.CrossEntropy(output, batch).item<float>()) + (0.3 * 9 * divergence) + (2 * apart);
        Assert.Equal(expected, actual, 1e-4 * expected);
    }

    /// <summary>Values inside belong to the step: nothing waits for the garbage collector.</summary>
    [Fact]
    public void Values_inside_do_not_outlive_the_step()
    {
        using var teacher = new ResidualNet();
        using var student = new SimulatedQuantization().Apply(teacher);
        using var distillation = KnowledgeDistillation.Of(teacher, new() { Values = [new("add_relu"), new("fc")] });
        var loss = distillation.Loss(Losses.CrossEntropy, student);
        var batch = Spots.Batch(1, 8);
        long Left()
        {
            using (NewDisposeScope())
                loss(student.forward(batch.Input), batch).backward();
            return Tensor.TotalCount;
        }

        Left();
        var before = Left();
        for (var step = 0; step < 5; step++)
            Assert.InRange(Left(), 0, before);
    }

    /// <summary>With every algorithm, through the trainer, validation included; the teacher stays what it was.</summary>
    [Fact]
    public void A_student_is_trained_and_its_teacher_is_not()
    {
        using var teacher = new ResidualNet();
        var before = teacher.state_dict().ToDictionary(p => p.Key, p => p.Value.clone());
        var batch = Spots.Batch(1, 48);
        using var data = new InMemoryDataset(batch.Input, batch.Target);
        foreach (CompressionAlgorithm algorithm in new CompressionAlgorithm[]
        {
            new SimulatedQuantization(), new LearnedStepSizeQuantization(), new ParameterizedClipping(), new SearchingLowBitWeights(new() { FirstAndLastBits = null }),
        })
        {
            using var student = algorithm.Apply(teacher);
            using var plain = new KnowledgeDistillation(teacher, new() { Alpha = 1 });
            using var inside = KnowledgeDistillation.Of(teacher, new() { Values = [new("add_relu"), new("fc")] });
            foreach (var distilled in new[] { plain.Loss(Losses.CrossEntropy), inside.Loss(Losses.CrossEntropy, student) })
            {
                var trainer = new Trainer(new() { Epochs = 1, BatchSize = 16 }, algorithm.Loss(distilled), p => optim.Adam(p, 1e-3));
                var result = trainer.Fit(student, data, algorithm.Callbacks, validation: data);
                Assert.True(double.IsFinite(result.History[^1].Validation!["loss"]));
            }
        }

        Assert.True(teacher.training);
        Assert.All(teacher.parameters(), p => Assert.Null(p.grad));
        foreach (var (key, value) in teacher.state_dict())
            Data.AssertSame(before[key], value);
    }

    /// <summary>Without targets at all, a student learns what its teacher says.</summary>
    [Fact]
    public void A_student_learns_from_its_teacher_alone()
    {
        using var teacher = new ResidualNet();
        Spots.Train(teacher, teacher.parameters(), Losses.CrossEntropy, 120, 3e-3);
        using var model = new ResidualNet();
        using var student = new LearnedStepSizeQuantization(new() { WeightBits = 4, ActivationBits = 4 }).Apply(model);
        using var distillation = new KnowledgeDistillation(teacher, new() { Alpha = 1 });
        Spots.Train(student, student.parameters(), distillation.Loss(Losses.CrossEntropy), 150, 3e-3);
        student.eval();
        Assert.InRange(Spots.Loss(student), 0, 0.8 * Math.Log(4));
    }

    [Fact]
    public void What_is_not_there_is_named()
    {
        using var teacher = new MixedNet();
        using var student = new SimulatedQuantization().Apply(teacher);
        string Refused(DistilledValue value)
        {
            using var distillation = KnowledgeDistillation.Of(teacher, new() { Values = [value] });
            return Assert.Throws<CompressionException>(() => distillation.Loss(Losses.CrossEntropy, student)).Message;
        }

        Assert.Contains("MixedNet has no value 'conv9'. It has 'x', 'conv1_relu'", Refused(new("conv9")), StringComparison.Ordinal);
        Assert.Contains("'conv1' is computed inside of the unit 'conv1_relu'", Refused(DistilledValue.Of((MixedNet n) => n.conv1, (MixedNet n) => n.stage)), StringComparison.Ordinal);
        using var other = KnowledgeDistillation.Of(teacher, new() { Values = [new("conv1_relu", "fc")] });
        Assert.Contains("give its variant", Assert.Throws<CompressionException>(() => other.Loss(Losses.CrossEntropy)).Message, StringComparison.Ordinal);
        var loss = other.Loss(Losses.CrossEntropy, student);
        var y = student.forward(Data.Normal(1, 2, 3, 8, 8));
        Assert.Contains("'conv1_relu' has the shape [2, 4, 8, 8]", Assert.Throws<CompressionException>(
            () => loss(y, new Batch(Data.Normal(1, 2, 3, 8, 8), zeros(2, ScalarType.Int64)))).Message, StringComparison.Ordinal);
        Assert.Throws<CompressionException>(() => new KnowledgeDistillation(teacher, new() { Values = [new("fc")] }));
        Assert.Equal("Alpha is 2; allowed: 0 to 1.", Assert.Throws<CompressionException>(() => new KnowledgeDistillation(teacher, new() { Alpha = 2 })).Message);
        Assert.Equal("Temperature is 0; allowed: a positive number.", Assert.Throws<CompressionException>(() => new KnowledgeDistillation(teacher, new() { Temperature = 0 })).Message);
    }

    [Fact]
    public void Options_go_to_JSON_and_back()
    {
        var options = new KnowledgeDistillationOptions { Temperature = 2, Values = [new("a", "b", 0.5, ValueDistance.Cosine)] };
        var read = KnowledgeDistillationOptions.FromJson(options.ToJson());
        Assert.Equal(options.Values, read.Values);
        Assert.Equal(options, read with { Values = options.Values });
    }

    private static double[] Softmax(float[] values, int row, double temperature)
    {
        var e = Enumerable.Range(0, 4).Select(i => Math.Exp(values[(row * 4) + i] / temperature)).ToArray();
        return [.. e.Select(v => v / e.Sum())];
    }
}
