using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using StickGen.Deployment;
using StickGen.Graphs;

namespace StickGen.Format;

/// <summary>
/// A <see cref="ValueQuantization"/> as the member <c>quantization</c>. A single scale is a number, written so that it is
/// read back bit for bit; scales for each index of an axis are a tensor, referred to by name.
/// </summary>
internal static class QuantizationCodec
{
    private const string Member = "quantization";

    public static void Write(Utf8JsonWriter writer, ValueQuantization quantization, string scalesName)
    {
        writer.WriteStartObject(Member);
        if (quantization.Axis is { } axis)
        {
            writer.WriteString("scales", scalesName);
            writer.WriteNumber("axis", axis);
        }
        else
        {
            writer.WriteNumber("scale", quantization.Scale);
            writer.WriteNumber("zero_point", quantization.ZeroPoint);
        }

        writer.WriteNumber("low", quantization.Low);
        writer.WriteNumber("high", quantization.High);
        writer.WriteEndObject();
    }

    /// <param name="parent">The object that may have the member.</param>
    /// <param name="where">For messages.</param>
    /// <param name="tensors">Where scales may be; what is used is removed.</param>
    public static ValueQuantization? Read(ref JsonFields parent, string where, Dictionary<string, StoredTensor> tensors)
    {
        if (parent.Optional(Member) is not { } element)
            return null;
        var fields = new JsonFields(element, where);
        var low = fields.Int("low", sbyte.MinValue, byte.MaxValue);
        var high = fields.Int("high", sbyte.MinValue, byte.MaxValue);
        ValueQuantization quantization;
        if (!fields.Has("scales"))
        {
            quantization = ValueQuantization.PerTensor(
                fields.Single("scale"), fields.Int("zero_point", sbyte.MinValue, byte.MaxValue), low, high);
        }
        else
        {
            var name = fields.String("scales");
            if (!tensors.Remove(name, out var scales) || scales.Type != ElementType.Float32 || scales.Shape.Rank != 1)
                throw new InvalidModelException($"{where} refers to '{name}', which is not a tensor of scales.");
            quantization = ValueQuantization.PerChannel(
                ImmutableArray.Create(MemoryMarshal.Cast<byte, float>(scales.Data.Span)),
                fields.Int("axis", 0, Shape.MaxRank - 1),
                low,
                high);
        }

        fields.End();
        return quantization;
    }
}
