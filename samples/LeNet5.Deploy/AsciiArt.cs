using System.Text;

/// <summary>Images as text.</summary>
internal static class AsciiArt
{
    private const string Ink = " .:-=+*#%@";

    /// <summary>Two columns a pixel, since letters are twice as high as wide; rows without ink are left out.</summary>
    public static string Draw(ReadOnlySpan<float> image)
    {
        var text = new StringBuilder();
        for (var row = 0; row < DigitImages.Side; row++)
        {
            var pixels = image.Slice(row * DigitImages.Side, DigitImages.Side);
            if (pixels.IndexOfAnyExcept(0f) < 0)
                continue;
            foreach (var pixel in pixels.TrimEnd(0f))
                text.Append(Ink[(int)(pixel * (Ink.Length - 1))], 2);
            text.AppendLine();
        }

        return text.ToString();
    }
}
