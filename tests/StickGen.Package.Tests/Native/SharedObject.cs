using System.Buffers.Binary;
using System.Text;

namespace StickGen.Package.Tests.Native;

/// <summary>The smallest x86-64 shared object that needs versions of libstdc++: no code, five sections, a header.</summary>
internal sealed class SharedObject
{
    /// <summary>Versions by index, from 2 on, as the ELF format numbers them.</summary>
    public List<string> Versions { get; } = ["GLIBCXX_3.4", "GLIBCXX_3.4.11", "GLIBCXX_3.4.29", "GLIBCXX_3.4.30", "GLIBCXX_3.4.32"];

    public List<(string Name, string Version)> Symbols { get; } =
    [
        ("_ZNSt6thread4joinEv", "GLIBCXX_3.4.11"),
        ("_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE", "GLIBCXX_3.4.30"),
        ("_ZSt21ios_base_library_initv", "GLIBCXX_3.4.32"),
    ];

    public byte[] ToBytes()
    {
        var strings = new StringTable();
        byte[] symbols = new byte[24 * (Symbols.Count + 1)];
        byte[] versions = new byte[2 * (Symbols.Count + 1)];
        for (int i = 0; i < Symbols.Count; i++)
        {
            Put32(symbols, 24 * (i + 1), strings.Add(Symbols[i].Name));
            Put16(versions, 2 * (i + 1), IndexOf(Symbols[i].Version));
        }

        byte[] needs = new byte[16 * (Versions.Count + 1)];
        Put16(needs, 0, 1);
        Put16(needs, 2, Versions.Count);
        Put32(needs, 4, strings.Add("libstdc++.so.6"));
        Put32(needs, 8, 16);
        for (int i = 0; i < Versions.Count; i++)
        {
            int at = 16 * (i + 1);
            Put16(needs, at + 6, IndexOf(Versions[i]));
            Put32(needs, at + 8, strings.Add(Versions[i]));
            Put32(needs, at + 12, i == Versions.Count - 1 ? 0 : 16);
        }

        // dynsym is section 1, dynstr 2, then .gnu.version and .gnu.version_r; the headers come last, as linkers put them.
        (uint Type, byte[] Content, int Link, int Info)[] sections =
        [
            (0, [], 0, 0), (11, symbols, 2, 1), (3, strings.ToBytes(), 0, 0), (0x6fffffff, versions, 1, 0), (0x6ffffffe, needs, 2, 1),
        ];
        int headers = 64 + sections.Sum(s => s.Content.Length);
        byte[] file = new byte[headers + 64 * sections.Length];
        new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1 }.CopyTo(file, 0);
        Put16(file, 16, 3);
        Put16(file, 18, 62);
        Put32(file, 40, headers);
        Put16(file, 58, 64);
        Put16(file, 60, sections.Length);
        int offset = 64;
        for (int i = 0; i < sections.Length; i++)
        {
            int at = headers + 64 * i;
            sections[i].Content.CopyTo(file, offset);
            Put32(file, at + 4, unchecked((int)sections[i].Type));
            Put32(file, at + 24, offset);
            Put32(file, at + 32, sections[i].Content.Length);
            Put32(file, at + 40, sections[i].Link);
            Put32(file, at + 44, sections[i].Info);
            offset += sections[i].Content.Length;
        }

        return file;
    }

    private int IndexOf(string version) => Versions.IndexOf(version) + 2;

    private static void Put16(byte[] bytes, int at, int value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), (ushort)value);

    private static void Put32(byte[] bytes, int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);

    private sealed class StringTable
    {
        private readonly List<byte> bytes = [0];

        public int Add(string text)
        {
            int at = bytes.Count;
            bytes.AddRange(Encoding.ASCII.GetBytes(text));
            bytes.Add(0);
            return at;
        }

        public byte[] ToBytes() => [.. bytes];
    }
}
