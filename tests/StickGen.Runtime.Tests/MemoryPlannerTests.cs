using FsCheck;
using FsCheck.Xunit;
using StickGen.Planning;
using Buffer = StickGen.Planning.Buffer;

namespace StickGen.Runtime.Tests;

public sealed class MemoryPlannerTests
{
    [Property(MaxTest = 200)]
    public void Buffers_that_live_at_the_same_time_do_not_overlap(DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        var buffers = new Buffer[random.Next(1, 30)];
        foreach (ref var buffer in buffers.AsSpan())
        {
            buffer = new Buffer(random.Next(4) == 0 ? 0 : random.Next(1, 2000));
            buffer.UseAt(random.Next(-1, 20));
            buffer.UseAt(random.Next(-1, 20));
        }

        var total = MemoryPlanner.Place(buffers);
        foreach (var (i, buffer) in buffers.Index())
        {
            Assert.Equal(0, buffer.Offset % MemoryPlanner.Alignment);
            Assert.InRange(buffer.Offset + buffer.Length, 0, total);
            foreach (var other in buffers.Skip(i + 1))
            {
                var together = buffer.FirstStep <= other.LastStep && other.FirstStep <= buffer.LastStep;
                var overlap = buffer.Offset < other.Offset + other.Length && other.Offset < buffer.Offset + buffer.Length;
                Assert.False(together && overlap);
            }
        }
    }

    [Fact]
    public void Memory_is_used_again()
    {
        var buffers = Enumerable.Range(0, 10).Select(_ => new Buffer(1000)).ToArray();
        for (var i = 0; i < buffers.Length; i++)
        {
            buffers[i].UseAt(i);
            buffers[i].UseAt(i + 1);
        }

        Assert.Equal(2 * 1024, MemoryPlanner.Place(buffers));
    }

    [Fact]
    public void More_than_an_array_can_hold_is_reported_instead_of_placed()
    {
        var buffers = new[] { new Buffer(int.MaxValue - 100), new Buffer(int.MaxValue - 100) };
        foreach (var buffer in buffers)
            buffer.UseAt(0);
        Assert.True(MemoryPlanner.Place(buffers) > Array.MaxLength);
    }
}
