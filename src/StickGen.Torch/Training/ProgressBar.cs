using Spectre.Console;

namespace StickGen.Training;

/// <summary>
/// A bar on a terminal. Spectre.Console wants to own the work that it shows; here the work is a loop of its own, so Spectre
/// is given a task that ends when the bar is disposed.
/// </summary>
internal sealed class ProgressBar : IDisposable
{
    private readonly TaskCompletionSource end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ProgressTask task;
    private readonly Task display;

    public ProgressBar(IAnsiConsole console, string title, long total, long done)
    {
        var started = new TaskCompletionSource<ProgressTask>(TaskCreationOptions.RunContinuationsAsynchronously);
        display = console.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(context =>
            {
                var created = context.AddTask(title, maxValue: total);
                created.Value = done;
                started.SetResult(created);
                return end.Task;
            });
        // If the console shows something else already, Spectre refuses, and nothing is ever started.
        if (Task.WaitAny(started.Task, display) == 1)
            display.GetAwaiter().GetResult();
        task = started.Task.GetAwaiter().GetResult();
    }

    public void Show(long done, string description)
    {
        task.Description = Markup.Escape(description);
        task.Value = done;
    }

    public void Dispose()
    {
        end.TrySetResult();
        display.GetAwaiter().GetResult();
    }
}
