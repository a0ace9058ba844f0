using System.Text;

/// <summary>
/// Which chapters are for what. It is fixed by the numbers of the chapters, before anything was trained: of 40 chapters, two are held out, one is for calibration and
/// for choosing hyper-parameters, and 37 train. Chapters are whole, so that no sentence is on both sides.
/// </summary>
/// <param name="Training">What models and the vocabulary learn from.</param>
/// <param name="Calibration">What post-training algorithms see, and training is validated on.</param>
/// <param name="HeldOut">What is measured on, and nothing else.</param>
internal sealed record TextSplit(string Training, string Calibration, string HeldOut)
{
    private const int Period = 40, HeldOutEvery = 20, FirstHeldOut = 9, FirstCalibration = 19;

    public static TextSplit Of(IReadOnlyList<string> chapters)
    {
        if (chapters.Count < Period)
            throw new InvalidDataException($"the text has {chapters.Count} chapters; at least {Period} are needed to divide it.");
        StringBuilder training = new(), calibration = new(), heldOut = new();
        for (var i = 0; i < chapters.Count; i++)
        {
            var part = i % HeldOutEvery == FirstHeldOut ? heldOut : i % Period == FirstCalibration ? calibration : training;
            // An empty line between chapters.
            part.Append(chapters[i]).Append('\n');
        }

        return new(training.ToString(), calibration.ToString(), heldOut.ToString());
    }
}
