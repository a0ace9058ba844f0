using System.Buffers.Binary;
using System.Text;

namespace StickGen.Onnx;

/// <summary>
/// A message in protobuf's wire format, as a list of parts: what is nested, and the bytes of tensors, are referred to and
/// not copied, so that a model is in memory once while it is written.
/// </summary>
internal sealed class ProtobufMessage
{
    private const int VarintType = 0;
    private const int LengthType = 2;
    private const int FixedType = 5;
    private const int LongestVarint = 10;

    private readonly List<ReadOnlyMemory<byte>> parts = [];

    /// <summary>The number of bytes.</summary>
    public long Length { get; private set; }

    /// <summary>An integer or an enumeration; a negative one takes ten bytes.</summary>
    public ProtobufMessage Integer(int field, long value)
    {
        Varint(Key(field, VarintType));
        Varint((ulong)value);
        return this;
    }

    /// <summary>A float32.</summary>
    public ProtobufMessage Float(int field, float value)
    {
        Varint(Key(field, FixedType));
        var bytes = new byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        Append(bytes);
        return this;
    }

    /// <summary>A string, in UTF-8.</summary>
    public ProtobufMessage Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    /// <summary>Bytes, which are not copied.</summary>
    public ProtobufMessage Bytes(int field, ReadOnlyMemory<byte> value)
    {
        Varint(Key(field, LengthType));
        Varint((ulong)value.Length);
        Append(value);
        return this;
    }

    /// <summary>Integers, packed.</summary>
    public ProtobufMessage Integers(int field, ReadOnlySpan<long> values)
    {
        var packed = new ProtobufMessage();
        foreach (var value in values)
            packed.Varint((ulong)value);
        return Message(field, packed);
    }

    /// <summary>A nested message, which must not change afterwards.</summary>
    public ProtobufMessage Message(int field, ProtobufMessage value)
    {
        Varint(Key(field, LengthType));
        Varint((ulong)value.Length);
        parts.AddRange(value.parts);
        Length += value.Length;
        return this;
    }

    /// <summary>Writes the message.</summary>
    public void WriteTo(Stream stream)
    {
        foreach (var part in parts)
            stream.Write(part.Span);
    }

    private static ulong Key(int field, int type) => ((ulong)field << 3) | (uint)type;

    private void Varint(ulong value)
    {
        Span<byte> bytes = stackalloc byte[LongestVarint];
        var length = 0;
        for (; value >= 0x80; value >>= 7)
            bytes[length++] = (byte)(value | 0x80);
        bytes[length++] = (byte)value;
        Append(bytes[..length].ToArray());
    }

    private void Append(ReadOnlyMemory<byte> bytes)
    {
        parts.Add(bytes);
        Length += bytes.Length;
    }
}
