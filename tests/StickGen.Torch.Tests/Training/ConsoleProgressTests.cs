using System.Text;
using Spectre.Console;
using StickGen.Training;
using static StickGen.Torch.Tests.Training.SmallTraining;

namespace StickGen.Torch.Tests.Training;

public sealed class ConsoleProgressTests : IDisposable
{
    private readonly StringWriter output = new();
    private readonly InMemoryDataset data = Data();

    public void Dispose()
    {
        data.Dispose();
        output.Dispose();
    }

    [Fact]
    public void Redirected_output_gets_plain_lines()
    {
        Fit(terminal: false, interval: TimeSpan.Zero);
        var lines = output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2 * StepsPerEpoch, lines.Length);
        Assert.Matches(@"^digits: epoch 1/2, step 1/6, loss \d\.\d{4}, accuracy \d+\.\d+, \d+\.\d s left$", lines[0]);
        Assert.Matches(@"^digits: epoch 1/2, loss \d\.\d{4}, accuracy \d+\.\d+; validation loss \d\.\d{4}, accuracy \d+\.\d+ \(\d+\.\d s\)$", lines[StepsPerEpoch - 1]);
        Assert.Matches("^digits: epoch 2/2, loss", lines[^1]);
        Assert.DoesNotContain('\e', output.ToString());
    }

    [Fact]
    public void Lines_within_an_epoch_come_at_intervals()
    {
        Fit(terminal: false, interval: TimeSpan.FromHours(1));
        Assert.Equal(2, output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void A_terminal_gets_a_bar_and_a_line_for_each_epoch()
    {
        Fit(terminal: true, interval: TimeSpan.Zero);
        var text = output.ToString();
        Assert.Contains('\e', text);
        Assert.Contains("digits: epoch 2/2, loss", text);
        Assert.DoesNotContain("step 1/6", text);
        // The cursor is back.
        Assert.EndsWith("\e[?25h", text.TrimEnd());
    }

    /// <summary>Spectre.Console shows one thing at a time.</summary>
    [Fact]
    public async Task A_console_that_is_taken_is_an_error_and_no_wait_without_an_end()
    {
        var console = Console(terminal: true);
        await console.Status().StartAsync("busy", async _ =>
        {
            using var model = Model();
            var run = Trainer().FitAsync(model, data, [new ConsoleProgress("digits", console)]);
            Assert.Same(run, await Task.WhenAny(run, Task.Delay(TimeSpan.FromSeconds(60))));
            await Assert.ThrowsAsync<InvalidOperationException>(() => run);
        });
    }

    private IAnsiConsole Console(bool terminal) => AnsiConsole.Create(new()
    {
        Ansi = terminal ? AnsiSupport.Yes : AnsiSupport.No,
        Interactive = terminal ? InteractionSupport.Yes : InteractionSupport.No,
        Out = new Output(output, terminal),
    });

    private void Fit(bool terminal, TimeSpan interval)
    {
        var console = Console(terminal);
        using var model = Model();
        Trainer(Options with { Epochs = 2 }).Fit(model, data, [new ConsoleProgress("digits", console, interval)], data);
    }

    private sealed class Output(TextWriter writer, bool isTerminal) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => isTerminal;

        public int Width => 200;

        public int Height => 50;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
