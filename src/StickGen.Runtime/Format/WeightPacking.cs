using System.Runtime.InteropServices;
using System.Text.Json;
using StickGen.Deployment;
using StickGen.Graphs;
using StickGen.Validation;

namespace StickGen.Format;

/// <summary>
/// How the integers of a weight that takes 4 bits or fewer are stored: as codes <c>q</c> in two's complement, the first in the lowest bits of a
/// byte, each output channel from a new byte on. An integer is <c>q</c>, or <c>2q + 1</c> for a weight of odd integers.
/// </summary>
/// <remarks>
/// What is stored follows from the integers alone: as few bits as hold all of them. A channel that training turned round (a negative
/// factor of batch normalization) is stored turned back, or −2 would need a third bit as 2; a channel of zeros among odd integers is named.
/// </remarks>
internal sealed class WeightPacking
{
    private const string Member = "packing";

    private readonly Shape shape;
    private readonly int bits;
    private readonly bool isOdd;
    private readonly SortedSet<int> negated = [];
    private readonly SortedSet<int> zero = [];

    private WeightPacking(Shape shape, int bits, bool isOdd) => (this.shape, this.bits, this.isOdd) = (shape, bits, isOdd);

    private int Rows => (int)shape[0].Size;

    private int RowLength => (int)(shape.ElementCount.Size / Rows);

    private int RowBytes => (int)((((long)RowLength * bits) + 7) / 8);

    private int Lowest => -(1 << (bits - 1));

    private int Highest => (1 << (bits - 1)) - 1;

    /// <summary>How a constant is packed, or <see langword="null"/> for one that is stored as it is.</summary>
    public static WeightPacking? Find(GraphValue constant)
    {
        if (constant is not { Type: ElementType.Int8, Shape.Rank: >= 2 } || constant.Data.IsEmpty)
            return null;
        var values = MemoryMarshal.Cast<byte, sbyte>(constant.Data.Span);
        foreach (var bits in (ReadOnlySpan<int>)[1, 2, 4])
        {
            foreach (var isOdd in (ReadOnlySpan<bool>)[false, true])
            {
                var packing = new WeightPacking(constant.Shape, bits, isOdd);
                if (packing.RowBytes < packing.RowLength && packing.Fits(values))
                    return packing;
            }
        }

        return null;
    }

    /// <summary>The packed tensor: bytes [output channels, bytes of a channel].</summary>
    public StoredTensor Pack(GraphValue constant)
    {
        var values = MemoryMarshal.Cast<byte, sbyte>(constant.Data.Span);
        var packed = new byte[Rows * RowBytes];
        for (var row = 0; row < Rows; row++)
        {
            var bytes = packed.AsSpan(row * RowBytes, RowBytes);
            for (var i = 0; i < RowLength; i++)
            {
                int value = values[(row * RowLength) + i];
                var code = zero.Contains(row) ? 0 : isOdd ? (value - 1) >> 1 : negated.Contains(row) ? -value : value;
                bytes[i * bits / 8] |= (byte)((code & ((1 << bits) - 1)) << (i * bits % 8));
            }
        }

        return new(constant.Name, ElementType.UInt8, Shape.Of(Rows, RowBytes), packed);
    }

    /// <summary>The tensor as the graph has it.</summary>
    /// <exception cref="InvalidModelException">The tensor is not of this packing.</exception>
    public StoredTensor Unpack(StoredTensor packed)
    {
        if (packed.Type != ElementType.UInt8 || !packed.Shape.Equals(Shape.Of(Rows, RowBytes)))
            throw new InvalidModelException(
                $"The packed weight '{packed.Name}' is {packed.Type}{packed.Shape}; {ElementType.UInt8}{Shape.Of(Rows, RowBytes)} is expected of {shape} in {bits} bits.");
        var values = new byte[Rows * RowLength];
        var source = packed.Data.Span;
        for (var row = 0; row < Rows; row++)
        {
            var bytes = source.Slice(row * RowBytes, RowBytes);
            var (sign, isZero) = (negated.Contains(row) ? -1 : 1, zero.Contains(row));
            if (isZero && bytes.ContainsAnyExcept((byte)0))
                throw new InvalidModelException($"The packed weight '{packed.Name}' has values in channel {row}, which is to be zero.");
            for (var i = 0; i < RowLength; i++)
            {
                // Shifted to the top and back, which extends the sign.
                var code = bytes[(int)((long)i * bits / 8)] << (32 - bits - (int)((long)i * bits % 8)) >> (32 - bits);
                values[(row * RowLength) + i] = unchecked((byte)(isZero ? 0 : isOdd ? (2 * code) + 1 : sign * code));
            }

            if (RowLength * (long)bits % 8 is var used and > 0 && bytes[^1] >> (int)used != 0)
                throw new InvalidModelException($"The packed weight '{packed.Name}' has bits set after the last value of channel {row}.");
        }

        return new(packed.Name, ElementType.Int8, shape, values);
    }

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject(Member);
        writer.WriteNumber("bits", bits);
        writer.WriteBoolean("odd", isOdd);
        ShapeCodec.Write(writer, "shape", shape);
        Write(writer, "negated", negated);
        Write(writer, "zero", zero);
        writer.WriteEndObject();
    }

    /// <param name="parent">The object that may have the member.</param>
    /// <param name="name">The constant.</param>
    public static WeightPacking? Read(ref JsonFields parent, string name)
    {
        if (parent.Optional(Member) is not { } element)
            return null;
        var where = $"The packing of '{name}'";
        var fields = new JsonFields(element, where);
        var bits = fields.Int("bits", 1, 4);
        if (bits == 3)
            throw new InvalidModelException($"{where} has 3 bits; 1, 2 and 4 are supported.");
        var isOdd = fields.Bool("odd");
        var shape = new Shape(ShapeCodec.Read(ref fields, "shape", where));
        if (shape.Rank < 2 || !shape.IsFixed || shape.ElementCount.Size > Array.MaxLength)
            throw new InvalidModelException($"{where} has the shape {shape}; two dimensions or more are expected, and at most {Array.MaxLength} values.");
        var packing = new WeightPacking(shape, bits, isOdd);
        Read(ref fields, isOdd ? "zero" : "negated", where, isOdd ? packing.zero : packing.negated, packing.Rows);
        fields.End();
        return packing;
    }

    private static void Write(Utf8JsonWriter writer, string name, SortedSet<int> channels)
    {
        if (channels.Count == 0)
            return;
        writer.WriteStartArray(name);
        foreach (var channel in channels)
            writer.WriteNumberValue(channel);
        writer.WriteEndArray();
    }

    private static void Read(ref JsonFields fields, string name, string where, SortedSet<int> channels, int rows)
    {
        if (!fields.Has(name))
            return;
        foreach (var element in fields.Array(name))
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt32(out var channel) || channel < 0 || channel >= rows || !channels.Add(channel))
                throw new InvalidModelException($"'{name}' in {where} is not a list of different channels from 0 to {rows - 1}.");
        }
    }

    private bool Fits(ReadOnlySpan<sbyte> values)
    {
        for (var row = 0; row < Rows; row++)
        {
            var weights = values.Slice(row * RowLength, RowLength);
            if (isOdd ? !FitsOdd(weights, row) : !FitsPlain(weights, row))
                return false;
        }

        return true;
    }

    private bool FitsPlain(ReadOnlySpan<sbyte> weights, int row)
    {
        var (low, high) = (0, 0);
        foreach (var w in weights)
            (low, high) = (Math.Min(low, w), Math.Max(high, w));
        if (low >= Lowest && high <= Highest)
            return true;
        return -high >= Lowest && -low <= Highest && negated.Add(row);
    }

    private bool FitsOdd(ReadOnlySpan<sbyte> weights, int row)
    {
        if (!weights.ContainsAnyExcept((sbyte)0))
            return zero.Add(row);
        foreach (var w in weights)
        {
            if ((w & 1) == 0 || Math.Abs((int)w) > (1 << bits) - 1)
                return false;
        }

        return true;
    }
}
