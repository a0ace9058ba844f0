using System.Globalization;
using Spectre.Console;

namespace StickGen.Training;

/// <summary>
/// Shows how training goes: on a terminal a bar with the remaining time, and a line for each finished epoch; plain lines
/// where the output is redirected.
/// </summary>
public sealed class ConsoleProgress : TrainingCallback
{
    private readonly string title;
    private readonly IAnsiConsole console;
    private readonly TimeProvider clock;
    private readonly TimeSpan interval;

    private ProgressBar? bar;
    private long startTime, lastShown, startStep;

    /// <summary>Shows progress under a title, such as <c>float32</c>.</summary>
    /// <param name="title">Names the run where there are several.</param>
    /// <param name="console">Where to; by default the standard output.</param>
    /// <param name="interval">The time between two plain lines within an epoch; by default 5 seconds.</param>
    /// <param name="clock">What tells the time; by default the system.</param>
    public ConsoleProgress(string title = "training", IAnsiConsole? console = null, TimeSpan? interval = null, TimeProvider? clock = null)
    {
        this.title = title;
        this.console = console ?? AnsiConsole.Console;
        this.interval = interval ?? TimeSpan.FromSeconds(5);
        this.clock = clock ?? TimeProvider.System;
    }

    private bool IsTerminal => console.Profile.Out.IsTerminal && console.Profile.Capabilities.Ansi;

    /// <inheritdoc/>
    public override void OnTrainingStart(TrainingContext context)
    {
        startTime = lastShown = clock.GetTimestamp();
        startStep = context.Step;
        if (context.IsResumed)
            WriteLine(context.Step < context.TotalSteps ? $"{title}: continues after {context.Step} of {context.TotalSteps} steps" : $"{title}: is finished already");
        if (IsTerminal && context.Step < context.TotalSteps)
            bar = new(console, title, context.TotalSteps, context.Step);
    }

    /// <inheritdoc/>
    public override void OnStepEnd(TrainingContext context)
    {
        if (bar is not null)
        {
            bar.Show(context.Step, $"{title} {EpochOf(context)}, {context.Metrics}");
        }
        else if (clock.GetElapsedTime(lastShown) >= interval && context.StepInEpoch < context.StepsPerEpoch)
        {
            lastShown = clock.GetTimestamp();
            WriteLine($"{title}: {EpochOf(context)}, step {context.StepInEpoch}/{context.StepsPerEpoch}, {context.Metrics}, {RemainingOf(context)} left");
        }
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingContext context)
    {
        lastShown = clock.GetTimestamp();
        var validation = context.Validation is { } values ? $"; validation {values}" : "";
        WriteLine($"{title}: {EpochOf(context)}, {context.Metrics}{validation} ({Format(TimeSpan.FromSeconds(context.History[^1].Seconds))})");
    }

    /// <inheritdoc/>
    public override void OnTrainingEnd(TrainingContext context)
    {
        bar?.Dispose();
        bar = null;
    }

    private static string EpochOf(TrainingContext context) => $"epoch {context.Epoch + 1}/{context.Options.Epochs}";

    private string RemainingOf(TrainingContext context)
    {
        var done = context.Step - startStep;
        return Format(clock.GetElapsedTime(startTime) * ((context.TotalSteps - context.Step) / (double)done));
    }

    private static string Format(TimeSpan time) =>
        time.TotalMinutes < 1 ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s")
        : time.TotalHours < 1 ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds} s")
        : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min");

    // Past the wrapping and the markup of the console: redirected lines are for logs and tools.
    private void WriteLine(string line)
    {
        if (bar is not null)
            console.WriteLine(line);
        else
            console.Profile.Out.Writer.WriteLine(line);
    }
}
