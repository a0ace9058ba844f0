using StickGen.Operations;

namespace StickGen.Runtime.Tests.Onnx;

/// <summary>Random windows that fit an image even if their padding is halved.</summary>
internal static class Windows
{
    public static Window Any(Random random, int height, int width, bool dilated = true)
    {
        while (true)
        {
            var window = new Window(Size(1, 6), Size(1, 4), Size(0, 3), dilated ? Size(1, 4) : 1);
            if (height > (window.Kernel.Height - 1) * window.Dilation.Height && width > (window.Kernel.Width - 1) * window.Dilation.Width)
                return window;
        }

        Size2 Size(int from, int to) => random.Next(2) == 0 ? random.Next(from, to) : new Size2(random.Next(from, to), random.Next(from, to));
    }
}
