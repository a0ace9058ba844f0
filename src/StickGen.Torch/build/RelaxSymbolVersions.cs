// Compiled by MSBuild when a project is built (RoslynCodeTaskFactory, see StickGen.Torch.targets), so it keeps to
// netstandard2.0 and one file. StickGen.Package.Tests compiles it as well, and tests it.
#nullable enable

using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;

/// <summary>Writes a private copy of TorchSharp's native library that asks for no newer libstdc++ than it needs.</summary>
public sealed class RelaxSymbolVersions : Microsoft.Build.Utilities.Task
{
    /// <summary>libLibTorchSharp.so as the package brought it. It is only read.</summary>
    [Required]
    public string Source { get; set; } = "";

    /// <summary>Where the private copy goes. After a failure there is no such file.</summary>
    [Required]
    public string Destination { get; set; } = "";

    public override bool Execute()
    {
        try
        {
            // Deleted, not overwritten: the output folders may hold hard links to the previous copy.
            Directory.CreateDirectory(Path.GetDirectoryName(Destination)!);
            File.Delete(Destination);

            byte[] library = File.ReadAllBytes(Source);
            foreach (string change in ElfSymbolVersions.Relax(library))
            {
                Log.LogMessage(MessageImportance.Low, "{0}: {1}", Destination, change);
            }

            // Complete or not there: a build that is stopped here must not leave half a library for the next one.
            File.WriteAllBytes(Destination + ".new", library);
            File.Move(Destination + ".new", Destination);
        }
        catch (Exception e) when (e is InvalidDataException || e is IOException || e is UnauthorizedAccessException)
        {
            // A warning: without the cure the library still loads wherever libstdc++ is new enough.
            Log.LogWarning(
                null, "STKB001", null, null, Source, 0, 0, 0, 0,
                "TorchSharp's native library could not be prepared for Linux systems older than GCC 13 and is used as it is: {0} "
                + "It loads only where libstdc++ offers GLIBCXX_3.4.32 (Debian 13, Ubuntu 24.04, Fedora 38 or newer). "
                + "Restore the packages again if the file is damaged, use the TorchSharp version that StickGen was built with, "
                + "or set StickGenPatchTorchSharp to false in the project to keep the library as it is without this warning.",
                e.Message);
        }

        return true;
    }
}

/// <summary>The part of the ELF format that says which versions of which libraries a shared object needs.</summary>
/// <remarks>
/// TorchSharp 0.107.0 was linked with GCC 13 and so names two versions of libstdc++ that older systems lack, although it
/// uses nothing of them. The loader checks the names before anything else and refuses:
/// <list type="bullet">
/// <item>GLIBCXX_3.4.32 (GCC 13) for <c>std::ios_base_library_init()</c>. GCC's header mentions that symbol in an
/// assembler directive for this very effect; no relocation refers to it and it is never called.</item>
/// <item>GLIBCXX_3.4.30 (GCC 12) for <c>std::condition_variable::wait</c>, which every libstdc++ since GCC 4.4 also has as
/// GLIBCXX_3.4.11; they differ in <c>noexcept</c> alone. Without this one RHEL 9 would stay out.</item>
/// </list>
/// A version is marked weak (VER_FLG_WEAK: the loader does not insist on it) only if all symbols bound to it are of these
/// two kinds. Otherwise a later TorchSharp would load and then crash.
/// </remarks>
public static class ElfSymbolVersions
{
    private const string StandardLibrary = "libstdc++.so.6";
    private const string OldestWithoutHelp = "GLIBCXX_3.4.29";
    private const ushort Weak = 2;

    private static readonly HashSet<string> NeverCalled = new HashSet<string> { "_ZSt21ios_base_library_initv" };

    private static readonly Dictionary<string, string> OlderTwin = new Dictionary<string, string>
    {
        ["_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE"] = "GLIBCXX_3.4.11",
    };

    /// <summary>Relaxes the library in memory and says what was changed; nothing where nothing is to be done.</summary>
    /// <exception cref="InvalidDataException">
    /// The bytes are not a 64-bit little-endian x86-64 shared object, are damaged, or use what older systems lack.
    /// The bytes are unchanged then.
    /// </exception>
    public static IReadOnlyList<string> Relax(byte[] library)
    {
        var image = new Image(library);
        List<Need> needs = image.ReadNeeds();
        var changes = new List<string>();
        var edits = new List<Action>();

        foreach (Need need in needs)
        {
            if (need.Library != StandardLibrary || need.IsWeak || !IsNewer(need.Version, OldestWithoutHelp))
            {
                continue;
            }

            foreach (Symbol symbol in image.ReadSymbols(need.Index))
            {
                if (NeverCalled.Contains(symbol.Name))
                {
                    continue;
                }

                Need? older = OlderTwin.TryGetValue(symbol.Name, out string? version)
                    ? needs.Find(n => n.Library == StandardLibrary && n.Version == version)
                    : null;
                if (older is null)
                {
                    throw new InvalidDataException(
                        $"it uses {symbol.Name} of {need.Version}, for which StickGen knows no older equivalent.");
                }

                edits.Add(() => image.WriteU16(symbol.VersionOffset, older.Index));
                changes.Add($"{symbol.Name} now binds to {older.Version} instead of {need.Version}");
            }

            edits.Add(() => image.WriteU16(need.FlagsOffset, (ushort)(need.Flags | Weak)));
            changes.Add($"{need.Version} of {need.Library} is now optional");
        }

        edits.ForEach(edit => edit());
        return changes;
    }

    private static bool IsNewer(string version, string than)
    {
        const string prefix = "GLIBCXX_";
        return version.StartsWith(prefix, StringComparison.Ordinal)
            && Version.TryParse(version.Substring(prefix.Length), out Version? parsed)
            && parsed > Version.Parse(than.Substring(prefix.Length));
    }

    /// <summary>One version that the library needs of another (an ELF "Vernaux").</summary>
    private sealed class Need
    {
        public string Library = "", Version = "";
        public ushort Index, Flags;
        public long FlagsOffset;

        public bool IsWeak => (Flags & Weak) != 0;
    }

    private sealed class Symbol
    {
        public string Name = "";
        public long VersionOffset;
    }

    private sealed class Section
    {
        public string Name = "";
        public uint Type, Link, Info;
        public long Offset, Size;
    }

    /// <summary>Reads with a bounds check before every access, so that damage becomes a message.</summary>
    private sealed class Image
    {
        private const uint DynamicSymbols = 11, VersionNeeds = 0x6ffffffe, SymbolVersions = 0x6fffffff, NoBits = 8;
        private const int SectionHeaderSize = 64, SymbolSize = 24, NeedSize = 16;

        private readonly byte[] bytes;
        private readonly List<Section> sections = new List<Section>();

        public Image(byte[] bytes)
        {
            this.bytes = bytes;
            if (bytes.Length < 4 || bytes[0] != 0x7f || bytes[1] != 'E' || bytes[2] != 'L' || bytes[3] != 'F')
            {
                throw new InvalidDataException("it is not an ELF file.");
            }

            Check(0, 64, "the ELF header");
            Expect(bytes[4] == 2, "it is not a 64-bit ELF file.");
            Expect(bytes[5] == 1, "it is not a little-endian ELF file.");
            Expect(U16(16, "the file type") == 3, "it is an ELF file but not a shared object.");
            Expect(U16(18, "the machine") == 62, "it is a shared object, but not for x86-64.");

            long table = Offset(40, "the offset of the section headers");
            int count = U16(60, "the number of sections");
            Expect(table != 0 && count != 0, "it has no section headers.");
            Expect(U16(58, "the size of a section header") == SectionHeaderSize, "its section headers have an unknown size.");
            Check(table, (long)count * SectionHeaderSize, "the table of section headers");
            for (int i = 0; i < count; i++)
            {
                long at = table + (long)i * SectionHeaderSize;
                var section = new Section
                {
                    Name = "section " + i,
                    Type = U32(at + 4, "a section type"),
                    Offset = Offset(at + 24, "a section offset"),
                    Size = Offset(at + 32, "a section size"),
                    Link = U32(at + 40, "a section link"),
                    Info = U32(at + 44, "a section's info"),
                };
                if (section.Type != NoBits)
                {
                    Check(section.Offset, section.Size, section.Name);
                }

                sections.Add(section);
            }
        }

        public List<Need> ReadNeeds()
        {
            Section table = Find(VersionNeeds, "the table of needed versions (.gnu.version_r)");
            Section strings = Linked(table);
            var needs = new List<Need>();
            long at = 0;
            for (uint i = 0; i < table.Info; i++)
            {
                CheckInside(table, at, NeedSize, "a needed library");
                int count = U16(table.Offset + at + 2, "a number of versions");
                string library = Text(strings, U32(table.Offset + at + 4, "a library name"));
                long aux = at + U32(table.Offset + at + 8, "a version's place");
                for (int j = 0; j < count; j++)
                {
                    CheckInside(table, aux, NeedSize, "a needed version");
                    needs.Add(new Need
                    {
                        Library = library,
                        FlagsOffset = table.Offset + aux + 4,
                        Flags = U16(table.Offset + aux + 4, "a version's flags"),
                        Index = U16(table.Offset + aux + 6, "a version's index"),
                        Version = Text(strings, U32(table.Offset + aux + 8, "a version name")),
                    });
                    uint next = U32(table.Offset + aux + 12, "the next version");
                    Expect(next != 0 || j == count - 1, "its table of needed versions ends early.");
                    aux += next;
                }

                uint nextLibrary = U32(table.Offset + at + 12, "the next library");
                Expect(nextLibrary != 0 || i == table.Info - 1, "its table of needed versions ends early.");
                at += nextLibrary;
            }

            return needs;
        }

        public List<Symbol> ReadSymbols(ushort versionIndex)
        {
            Section versions = Find(SymbolVersions, "the table of symbol versions (.gnu.version)");
            Section symbols = Find(DynamicSymbols, "the table of dynamic symbols (.dynsym)");
            Section strings = Linked(symbols);
            long count = symbols.Size / SymbolSize;
            Expect(versions.Size / 2 == count, "its symbols and their versions differ in number.");
            var found = new List<Symbol>();
            for (long i = 0; i < count; i++)
            {
                long at = versions.Offset + i * 2;
                if (U16(at, "a symbol's version") == versionIndex)
                {
                    uint name = U32(symbols.Offset + i * SymbolSize, "a symbol name");
                    found.Add(new Symbol { Name = Text(strings, name), VersionOffset = at });
                }
            }

            return found;
        }

        public void WriteU16(long at, ushort value)
        {
            bytes[at] = (byte)value;
            bytes[at + 1] = (byte)(value >> 8);
        }

        private Section Find(uint type, string what) =>
            sections.Find(s => s.Type == type) ?? throw new InvalidDataException($"it lacks {what}.");

        private Section Linked(Section section)
        {
            Expect(section.Link < sections.Count, $"{section.Name} refers to section {section.Link}, which does not exist.");
            Section linked = sections[(int)section.Link];
            Expect(linked.Type != NoBits, $"{section.Name} refers to section {section.Link}, which is empty in the file.");
            return linked;
        }

        private string Text(Section strings, uint offset)
        {
            Expect(offset < strings.Size, $"a name lies outside its string table ({strings.Name}).");
            long start = strings.Offset + offset, limit = strings.Offset + strings.Size, end = start;
            while (end < limit && bytes[end] != 0)
            {
                end++;
            }

            Expect(end < limit, $"a name in {strings.Name} does not end.");
            return Encoding.ASCII.GetString(bytes, (int)start, (int)(end - start));
        }

        private void CheckInside(Section section, long at, long length, string what) =>
            Expect(at >= 0 && length <= section.Size && at <= section.Size - length, $"{what} lies outside {section.Name}.");

        private ushort U16(long at, string what)
        {
            Check(at, 2, what);
            return (ushort)(bytes[at] | bytes[at + 1] << 8);
        }

        private uint U32(long at, string what)
        {
            Check(at, 4, what);
            return bytes[at] | (uint)bytes[at + 1] << 8 | (uint)bytes[at + 2] << 16 | (uint)bytes[at + 3] << 24;
        }

        /// <summary>A 64-bit place or length. One beyond 2^63 cannot be in any file and comes back as the largest.</summary>
        private long Offset(long at, string what)
        {
            ulong value = U32(at, what) | (ulong)U32(at + 4, what) << 32;
            return value > long.MaxValue ? long.MaxValue : (long)value;
        }

        private void Check(long at, long length, string what) =>
            Expect(
                at >= 0 && length >= 0 && length <= bytes.Length && at <= bytes.Length - length,
                $"it is cut off or damaged: {what} lies outside the file of {bytes.Length} bytes.");

        private static void Expect(bool condition, string otherwise)
        {
            if (!condition)
            {
                throw new InvalidDataException(otherwise);
            }
        }
    }
}
