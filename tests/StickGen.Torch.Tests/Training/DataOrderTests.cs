using StickGen.Training;

namespace StickGen.Torch.Tests.Training;

public sealed class DataOrderTests
{
    [Fact]
    public void The_generator_is_splitmix64()
    {
        // The first values of the reference implementation for this seed.
        var random = new SplitMix64(1234567);
        Assert.Equal([6457827717110365317, 3203168211198807973, 9817491932198370423], new[] { random.Next(), random.Next(), random.Next() });
    }

    [Fact]
    public void Every_epoch_has_every_sample_once_in_an_order_of_its_own()
    {
        var first = DataOrder.Shuffled(1000, seed: 1, epoch: 0);
        var second = DataOrder.Shuffled(1000, seed: 1, epoch: 1);
        Assert.NotEqual(first, second);
        Assert.NotEqual(first, DataOrder.Shuffled(1000, seed: 2, epoch: 0));
        Assert.Equal(first, DataOrder.Shuffled(1000, seed: 1, epoch: 0));
        Assert.Equal(DataOrder.Sequential(1000), first.Order());
        Assert.Equal(DataOrder.Sequential(1000), second.Order());
    }

    [Fact]
    public void All_orders_are_equally_likely()
    {
        var counts = Enumerable.Range(0, 12000).CountBy(epoch => string.Concat(DataOrder.Shuffled(4, seed: 7, epoch))).ToDictionary();
        Assert.Equal(24, counts.Count);
        // 500 expected each, with a standard deviation of 22.
        Assert.All(counts.Values, count => Assert.InRange(count, 400, 600));
    }
}
