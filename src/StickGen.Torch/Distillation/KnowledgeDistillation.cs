using StickGen.Compression;
using StickGen.Training;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace StickGen.Distillation;

/// <summary>
/// Trains a student to answer as its teacher does (Hinton et al. 2015, "Distilling the knowledge in a neural network"): the loss is
/// <c>(1 − α) · inner + α · T² · KL(softmax(teacher / T) ‖ softmax(student / T))</c>, plus weighted distances of values inside (Romero et al. 2015, "FitNets"). It goes into
/// every algorithm through its <see cref="CompressionAlgorithm.Loss"/>: <c>algorithm.Loss(distillation.Loss(Losses.CrossEntropy, qat))</c>.
/// </summary>
/// <remarks>The teacher runs in evaluation mode and without gradients, on the inputs that the student was given. It is not changed.</remarks>
public sealed class KnowledgeDistillation : IDisposable
{
    private readonly nn.Module teacher;
    private readonly ForwardFunction forward;
    private readonly FakeQuantization? teacherState;
    private readonly List<ValueTap> taps = [];

    /// <summary>Distillation from the results of any module, which is borrowed.</summary>
    /// <param name="teacher">The teacher, such as the float model that a variant was made from.</param>
    /// <param name="options">How much counts what; <see cref="KnowledgeDistillationOptions.Values"/> need a captured teacher.</param>
    /// <param name="forward">Calls a teacher that has several inputs.</param>
    /// <exception cref="CompressionException">An option is not allowed.</exception>
    public KnowledgeDistillation(nn.Module teacher, KnowledgeDistillationOptions? options = null, ForwardFunction? forward = null)
        : this(teacher, null, options, forward)
    {
        if (Options.Values.Count > 0)
            throw new CompressionException($"{nameof(Options.Values)} are taken from a captured model; make the distillation with {nameof(KnowledgeDistillation)}.{nameof(Of)}.");
    }

    private KnowledgeDistillation(nn.Module teacher, FakeQuantization? state, KnowledgeDistillationOptions? options, ForwardFunction? forward)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        Options = options ?? new();
        Options.Validate();
        (this.teacher, teacherState) = (teacher, state);
        this.forward = forward ?? (teacher is nn.Module<Tensor, Tensor> single
            ? batch => single.call(batch.Input)
            : throw new CompressionException($"The teacher {teacher.GetName()} has several inputs; give a function that calls it."));
    }

    /// <summary>The options.</summary>
    public KnowledgeDistillationOptions Options { get; }

    /// <summary>Distillation from a captured model, whose values inside can be had. It is copied as it is now.</summary>
    /// <inheritdoc cref="KnowledgeDistillation(nn.Module, KnowledgeDistillationOptions?, ForwardFunction?)"/>
    public static KnowledgeDistillation Of<TVariant, TQuantized>(
        ICompressible<TVariant, TQuantized> teacher, KnowledgeDistillationOptions? options = null, ForwardFunction? forward = null)
        where TVariant : nn.Module, IFakeQuantized<TQuantized> => Of((ICompressible)teacher, options, forward);

    /// <summary>The same where the type is not known.</summary>
    internal static KnowledgeDistillation Of(ICompressible teacher, KnowledgeDistillationOptions? options, ForwardFunction? forward = null)
    {
        var copy = new FloatTeacher().ApplyTo(teacher, []);
        var state = ((IFakeQuantized)copy).State;
        state.Mode = QuantizationMode.Disabled;
        return new(copy, state, options, forward);
    }

    /// <summary>The loss of a student.</summary>
    /// <param name="inner">The loss against the targets.</param>
    /// <param name="student">The variant that is trained; needed for <see cref="KnowledgeDistillationOptions.Values"/>. One at a time: the one of an earlier call counts no more.</param>
    /// <exception cref="CompressionException">A value of the options is not in the student or the teacher.</exception>
    public LossFunction Loss(LossFunction inner, IFakeQuantized? student = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        if (Options.Values.Count > 0 && student is null)
            throw new CompressionException($"{nameof(Options.Values)} are compared with those of a student; give its variant to {nameof(Loss)}.");
        Release();
        var pairs = new List<(DistilledValue Value, ValueTap Student, ValueTap Teacher)>();
        foreach (var value in Options.Values)
        {
            pairs.Add((value, Tap(student!.State, value.Student), Tap(teacherState!, value.Teacher ?? value.Student)));
        }

        return (output, batch) =>
        {
            var answer = Answer(batch);
            var loss = inner(output, batch).mul(1 - Options.Alpha).add(Divergence(output, answer), Options.Alpha);
            foreach (var (value, ofStudent, ofTeacher) in pairs)
                loss = loss.add(Distance(value, ofStudent.Take(), ofTeacher.Take()), value.Weight);
            return loss;
        };
    }

    /// <summary>Lets the models go. A loss that was made before must not be used any more.</summary>
    public void Dispose()
    {
        Release();
        if (teacherState is not null)
            teacher.Dispose();
    }

    private ValueTap Tap(FakeQuantization state, string name)
    {
        var tap = new ValueTap(state, name);
        taps.Add(tap);
        return tap;
    }

    private void Release()
    {
        taps.ForEach(t => t.Dispose());
        taps.Clear();
    }

    private Tensor Answer(Batch batch)
    {
        using var evaluation = new EvaluationMode(teacher);
        using var noGrad = no_grad();
        return forward(batch);
    }

    private Tensor Divergence(Tensor student, Tensor answer)
    {
        if (!student.shape.AsSpan().SequenceEqual(answer.shape))
            throw new CompressionException(
                $"The student's result has the shape [{string.Join(", ", student.shape)}], and the teacher's [{string.Join(", ", answer.shape)}]; they have to be the same.");
        var expected = F.log_softmax(answer.div(Options.Temperature), -1);
        var actual = F.log_softmax(student.div(Options.Temperature), -1);
        // A mean over all samples, as inner losses are.
        return expected.exp().mul(expected.sub(actual)).sum([-1]).mean().mul(Options.Temperature * Options.Temperature);
    }

    private static Tensor Distance(DistilledValue value, Tensor student, Tensor teacher)
    {
        if (!student.shape.AsSpan().SequenceEqual(teacher.shape))
            throw new CompressionException(
                $"'{value.Student}' has the shape [{string.Join(", ", student.shape)}], and the teacher's '{value.Teacher ?? value.Student}' [{string.Join(", ", teacher.shape)}]; "
                + "they have to be the same.");
        return value.Distance switch
        {
            ValueDistance.MeanAbsoluteError => student.sub(teacher).abs().mean(),
            ValueDistance.Cosine => F.cosine_similarity(student.flatten(1), teacher.flatten(1), 1).mean().neg().add(1),
            _ => F.mse_loss(student, teacher),
        };
    }
}
