using System.Runtime.InteropServices;
using StickGen.Torch.Native;

namespace StickGen.Package.Tests.Native;

public class TorchNativeFailureTests
{
    private const string App = "/app/runtimes/linux-x64/native/";

    [Theory]
    [InlineData("GLIBCXX_3.4.32", "this copy is the original")]
    [InlineData("GLIBCXX_3.4.30", "this copy is the original")]
    [InlineData("GLIBCXX_3.4.29", "this system's libstdc++ does not have")]
    [InlineData("CXXABI_1.3.13", "this system's libstdc++ does not have")]
    [InlineData("GLIBC_2.34", "this system's glibc does not have")]
    public void A_missing_version_is_named(string version, string expected)
    {
        string message = Explain($"/lib/x86_64-linux-gnu/libfoo.so.6: version `{version}' not found (required by {App}libLibTorchSharp.so)");

        Assert.Contains(version, message);
        Assert.Contains(expected, message);
    }

    [Fact]
    public void A_missing_libtorch_is_a_missing_package() =>
        Assert.Contains("reference TorchSharp-cpu", Explain("libtorch.so: cannot open shared object file: No such file or directory"));

    [Fact]
    public void Another_missing_library_is_named() =>
        Assert.Contains("needs libgomp.so.1, which is not installed", Explain("libgomp.so.1: cannot open shared object file: No such file or directory"));

    [Fact]
    public void A_missing_TorchSharp_library_is_told_apart() => Assert.Contains("not among the application's files", Explain(null));

    [Fact]
    public void Alpine_is_recognized() =>
        Assert.Contains("musl", Explain($"Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by {App}libLibTorchSharp.so)"));

    [Fact]
    public void Another_architecture_is_named() =>
        Assert.Contains("only for x64", TorchNativeFailure.Explain(Searched(null), Architecture.Arm64));

    [Fact]
    public void The_loaders_telling_line_is_quoted_and_the_places_searched_are_not()
    {
        string message = Explain("something nobody foresaw");

        Assert.EndsWith("The system's loader says:\nsomething nobody foresaw", message);
        Assert.DoesNotContain("/usr/share", message);
    }

    private static string Explain(string? telling) => TorchNativeFailure.Explain(Searched(telling), Architecture.X64);

    /// <summary>What .NET reports: a preamble, and a line for each place and spelling, of which at most one tells anything.</summary>
    private static string Searched(string? telling) =>
        "Unable to load shared library 'LibTorchSharp' or one of its dependencies. In order to help diagnose loading problems, ...: \n"
        + $"{App}LibTorchSharp.so: cannot open shared object file: No such file or directory\n"
        + (telling ?? $"{App}libLibTorchSharp.so: cannot open shared object file: No such file or directory") + "\n"
        + "/usr/share/dotnet/shared/Microsoft.NETCore.App/10.0.0/libLibTorchSharp: cannot open shared object file: No such file or directory\n";
}
