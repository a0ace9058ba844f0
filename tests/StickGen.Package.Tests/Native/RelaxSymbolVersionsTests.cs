namespace StickGen.Package.Tests.Native;

public class RelaxSymbolVersionsTests
{
    [Fact]
    public void Versions_that_older_systems_lack_become_optional_and_wait_binds_to_its_older_twin()
    {
        byte[] library = new SharedObject().ToBytes();

        Assert.Equal(
            [
                "_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE now binds to GLIBCXX_3.4.11 instead of GLIBCXX_3.4.30",
                "GLIBCXX_3.4.30 of libstdc++.so.6 is now optional",
                "GLIBCXX_3.4.32 of libstdc++.so.6 is now optional",
            ],
            ElfSymbolVersions.Relax(library));
    }

    [Fact]
    public void Only_the_two_flags_and_one_symbol_version_change()
    {
        byte[] original = new SharedObject().ToBytes();
        byte[] library = [.. original];
        ElfSymbolVersions.Relax(library);

        Assert.Equal([(5, 3), (0, 2), (0, 2)], Differences(original, library));
    }

    [Fact]
    public void TorchSharps_own_library_changes_in_three_bytes()
    {
        byte[] original = File.ReadAllBytes(Path.Combine(BuildFacts.TorchSharpPackage, "runtimes", "linux-x64", "native", "libLibTorchSharp.so"));
        byte[] library = [.. original];

        Assert.Equal(3, ElfSymbolVersions.Relax(library).Count);
        // .gnu.version: index 29 (GLIBCXX_3.4.30) becomes 10 (GLIBCXX_3.4.11); .gnu.version_r: two flags become VER_FLG_WEAK.
        Assert.Equal([(29, 10), (0, 2), (0, 2)], Differences(original, library));
    }

    [Fact]
    public void A_relaxed_library_stays_as_it_is()
    {
        byte[] library = new SharedObject().ToBytes();
        ElfSymbolVersions.Relax(library);
        byte[] once = [.. library];

        Assert.Empty(ElfSymbolVersions.Relax(library));
        Assert.Equal(once, library);
    }

    [Fact]
    public void A_library_that_needs_nothing_new_stays_as_it_is()
    {
        var old = new SharedObject();
        old.Versions.RemoveRange(3, 2);
        old.Symbols.RemoveRange(1, 2);
        byte[] library = old.ToBytes();

        Assert.Empty(ElfSymbolVersions.Relax(library));
        Assert.Equal(old.ToBytes(), library);
    }

    [Fact]
    public void A_symbol_that_older_systems_really_lack_is_refused_by_name()
    {
        var newer = new SharedObject();
        newer.Symbols.Add(("_ZSt9something", "GLIBCXX_3.4.32"));
        byte[] library = newer.ToBytes();

        var e = Assert.Throws<InvalidDataException>(() => ElfSymbolVersions.Relax(library));

        Assert.Equal("it uses _ZSt9something of GLIBCXX_3.4.32, for which StickGen knows no older equivalent.", e.Message);
        Assert.Equal(newer.ToBytes(), library);
    }

    [Fact]
    public void A_symbol_whose_older_version_the_library_does_not_name_is_refused()
    {
        var newer = new SharedObject();
        newer.Versions.Remove("GLIBCXX_3.4.11");
        newer.Symbols.RemoveAt(0);

        Assert.Contains("condition_variable", Assert.Throws<InvalidDataException>(() => ElfSymbolVersions.Relax(newer.ToBytes())).Message);
    }

    [Fact]
    public void Cut_off_anywhere_it_is_refused_with_a_reason()
    {
        byte[] whole = new SharedObject().ToBytes();
        for (int length = 0; length < whole.Length; length++)
        {
            byte[] part = whole[..length];
            var e = Assert.Throws<InvalidDataException>(() => ElfSymbolVersions.Relax(part));
            Assert.EndsWith(".", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_damaged_byte_anywhere_never_ends_in_a_crash()
    {
        byte[] whole = new SharedObject().ToBytes();
        for (int at = 0; at < whole.Length; at++)
        {
            foreach (byte value in (byte[])[0, 1, 0x7f, 0x80, 0xff, (byte)(whole[at] + 1)])
            {
                byte[] damaged = [.. whole];
                damaged[at] = value;
                byte[] before = [.. damaged];
                try
                {
                    ElfSymbolVersions.Relax(damaged);
                }
                catch (InvalidDataException)
                {
                    Assert.Equal(before, damaged);
                }
            }
        }
    }

    [Theory]
    [InlineData(0, 'M', "it is not an ELF file.")]
    [InlineData(4, 1, "it is not a 64-bit ELF file.")]
    [InlineData(5, 2, "it is not a little-endian ELF file.")]
    [InlineData(16, 2, "it is an ELF file but not a shared object.")]
    [InlineData(18, 183, "it is a shared object, but not for x86-64.")]
    [InlineData(60, 0, "it has no section headers.")]
    [InlineData(58, 40, "its section headers have an unknown size.")]
    public void Another_kind_of_file_is_named_as_such(int at, byte value, string message)
    {
        byte[] library = new SharedObject().ToBytes();
        library[at] = value;

        Assert.Equal(message, Assert.Throws<InvalidDataException>(() => ElfSymbolVersions.Relax(library)).Message);
    }

    private static IEnumerable<(int, int)> Differences(byte[] before, byte[] after) =>
        before.Zip(after, (b, a) => ((int)b, (int)a)).Where(pair => pair.Item1 != pair.Item2);
}
