using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Models;

/// <summary>The two classes that the documentation shows.</summary>
public class ExampleTests
{
    [Fact]
    public Task LeNet5() => GeneratorRun.Verify("""
        [Compressible]
        public sealed partial class LeNet5 : Module<Tensor, Tensor>
        {
            private readonly Conv2d conv1 = Conv2d(1, 6, 5);
            private readonly Conv2d conv2 = Conv2d(6, 16, 5);
            private readonly MaxPool2d pool = MaxPool2d(2);
            private readonly Linear fc1 = Linear(256, 120), fc2 = Linear(120, 84);
            [KeepFloat] private readonly Linear fc3 = Linear(84, 10);

            public LeNet5() : base(nameof(LeNet5)) => RegisterComponents();

            public override Tensor forward(Tensor x)
            {
                x = pool.forward(relu(conv1.forward(x)));
                x = pool.forward(relu(conv2.forward(x)));
                x = relu(fc1.forward(x.flatten(1)));
                return fc3.forward(relu(fc2.forward(x)));
            }
        }
        """);

    [Fact]
    public Task Block() => GeneratorRun.Verify("""
        [Compressible, InputShape("batch", 8, 32, 32)]
        public sealed partial class Block : Module<Tensor, Tensor>
        {
            private readonly Conv2d conv1, conv2;
            private readonly BatchNorm2d bn1, bn2;
            private readonly Linear fc;
            private readonly int features;

            public Block(int channels) : base(nameof(Block))
            {
                conv1 = Conv2d(channels, channels, 3, padding: 1);
                conv2 = Conv2d(channels, channels, 3, padding: 1);
                bn1 = BatchNorm2d(channels);
                bn2 = BatchNorm2d(channels);
                features = channels * 32 * 32;
                fc = Linear(features, 10);
                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                var y = relu(bn1.forward(conv1.forward(x)));
                y = bn2.forward(conv2.forward(y));
                y = relu(y + x);
                return fc.forward(y.view(y.shape[0], features));
            }
        }
        """);
}
