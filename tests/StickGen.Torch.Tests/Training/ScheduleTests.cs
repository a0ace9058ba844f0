using System.Text.Json;
using StickGen.Training;

namespace StickGen.Torch.Tests.Training;

public sealed class ScheduleTests
{
    [Fact]
    public void A_cosine_rises_falls_and_ends_at_its_final_factor()
    {
        var schedule = new CosineSchedule(WarmupSteps: 4, FinalFactor: 0.1);
        Assert.Equal([0.25, 0.5, 0.75, 1], Enumerable.Range(0, 4).Select(step => schedule.Factor(step, 10, 104)));
        Assert.Equal(1, schedule.Factor(4, 10, 104));
        Assert.Equal(0.55, schedule.Factor(54, 10, 104), 12);
        Assert.Equal(0.1, schedule.Factor(104, 10, 104), 12);
        Assert.Equal(0.1, schedule.Factor(200, 10, 104), 12);
    }

    [Fact]
    public void Steps_multiply_the_rate_every_few_epochs()
    {
        var schedule = new StepSchedule(Epochs: 2, Gamma: 0.5);
        Assert.Equal([1, 1, 0.5, 0.5, 0.25], Enumerable.Range(0, 5).Select(epoch => schedule.Factor(epoch * 10L, 10, 50)));
        Assert.Equal(1, schedule.Factor(19, 10, 50));
    }

    [Fact]
    public void Options_survive_json()
    {
        var options = new TrainingOptions
        {
            Epochs = 3,
            Schedule = new CosineSchedule(7, 0.2),
            Checkpoint = new() { Path = "a", EverySteps = 5, Resume = ResumeMode.Required },
        };
        Assert.Equal(options, JsonSerializer.Deserialize<TrainingOptions>(JsonSerializer.Serialize(options)));
    }
}
