using StickGen.Benchmarks.Networks;

namespace StickGen.Benchmarks.Deploy;

/// <summary>What the command line of <c>deploy</c> says.</summary>
internal sealed record DeployOptions(string? Report, bool Quick, IReadOnlyList<Network> Networks, IReadOnlyList<int> Threads, string OrtIsa)
{
    /// <exception cref="ArgumentException">The message says what is wrong, and what would be right.</exception>
    public static DeployOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new DeployOptions(null, false, Network.All, [1, 2], "native");
        while (!arguments.IsEmpty)
        {
            switch (arguments)
            {
                case ["--report", var file, ..]:
                    options = options with { Report = file };
                    arguments = arguments[2..];
                    break;
                case ["--quick", ..]:
                    options = options with { Quick = true };
                    arguments = arguments[1..];
                    break;
                case ["--model", var name, ..]:
                    var network = Network.All.FirstOrDefault(n => n.Name == name)
                        ?? throw new ArgumentException($"There is no network '{name}'; there are {string.Join(", ", Network.All.Select(n => n.Name))}.");
                    options = options with { Networks = [network] };
                    arguments = arguments[2..];
                    break;
                case ["--threads", var count, ..]:
                    options = options with
                    {
                        Threads = int.TryParse(count, out var threads) && threads is >= 1 and <= 64
                            ? [threads]
                            : throw new ArgumentException($"--threads is '{count}'; it can be 1 to 64."),
                    };
                    arguments = arguments[2..];
                    break;
                case ["--ort-isa", var isa, ..]:
                    options = options with
                    {
                        OrtIsa = isa is "native" or "avx2" ? isa : throw new ArgumentException($"--ort-isa is '{isa}'; it can be native or avx2."),
                    };
                    arguments = arguments[2..];
                    break;
                default:
                    throw new ArgumentException($"'{arguments[0]}' is not an option of deploy, or lacks its value.");
            }
        }

        return options;
    }
}
