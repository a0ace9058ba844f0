using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using StickGen.Analyzers;
using StickGen.Generators;

namespace StickGen.Benchmarks.Generator;

/// <summary>
/// What the generator and the analyzers cost, warm, as ratios of times that are taken in turn in one run. Of each the fastest time counts: what else the
/// machine does only makes it longer.
/// </summary>
internal static class GeneratorCommand
{
    private const int Models = 100;
    private const int ManyModels = 1000;
    private const int BuiltModels = 20;

    public static int Run(ReadOnlySpan<string> arguments)
    {
        string? file = null;
        var (rounds, builds) = (9, true);
        while (!arguments.IsEmpty)
        {
            switch (arguments)
            {
                case ["--report", var path, ..]:
                    file = path;
                    arguments = arguments[2..];
                    break;
                case ["--rounds", var text, ..] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 1000:
                    rounds = number;
                    arguments = arguments[2..];
                    break;
                case ["--no-build", ..]:
                    builds = false;
                    arguments = arguments[1..];
                    break;
                default:
                    Console.Error.WriteLine($"'{arguments[0]}' is not an option of generator, or its value is missing or out of range.");
                    return 2;
            }
        }

        var report = new Report();
        report.Add("cores", Environment.ProcessorCount);
        Generator(report, rounds);
        Analyzers(report, rounds);
        if (builds)
            WholeBuild.Measure(report, BuiltModels, Math.Max(2, rounds / 3));
        if (file is not null)
            report.Save(file);
        return 0;
    }

    private static void Generator(Report report, int rounds)
    {
        var (trees, many) = (UserProject.Parse(Models), UserProject.Parse(ManyModels));
        var cold = Driver().RunGenerators(UserProject.Compile(trees));
        Require(cold.GetRunResult(), Models);
        var elsewhere = trees.Replace(trees[0], UserProject.Edit(trees[0], "42", "6 * 7"));
        var inForward = trees.Replace(trees[1], UserProject.Edit(trees[1], "y = relu(y);", "y = relu6(y);"));

        var times = Fastest(
            rounds,
            () => Emit(UserProject.Compile(trees)),
            () => Driver().RunGenerators(UserProject.Compile(trees)),
            () => cold.RunGenerators(UserProject.Compile(elsewhere)),
            () => cold.RunGenerators(UserProject.Compile(inForward)));
        var manyTimes = Fastest(Math.Max(2, rounds / 3), () => Driver().RunGenerators(UserProject.Compile(trees)), () => Driver().RunGenerators(UserProject.Compile(many)));

        report.Add("compiler_100_models_ms", times[0]);
        report.Add("cold_100_models_ms", times[1]);
        report.Add("unrelated_edit_ms", times[2]);
        report.Add("edit_in_one_forward_ms", times[3]);
        report.Add("models_1000_ms", manyTimes[1]);
        report.Add("cold_100_models_over_compiler", times[1] / times[0]);
        report.Add("unrelated_edit_over_cold", times[2] / times[1]);
        report.Add("unrelated_edit_emits", Emitted(trees, elsewhere));
        report.Add("edit_in_one_forward_emits", Emitted(trees, inForward));
        report.Add("models_1000_over_100_time", manyTimes[1] / manyTimes[0]);
    }

    /// <summary>On the compilation with what is emitted for it, as in a build.</summary>
    private static void Analyzers(Report report, int rounds)
    {
        Driver().RunGeneratorsAndUpdateCompilation(UserProject.Compile(UserProject.Parse(Models)), out var generated, out _);
        var trees = generated.SyntaxTrees.ToImmutableArray();
        ImmutableArray<DiagnosticAnalyzer> own = [new CompressibleAnalyzer(), new RewriteRuleAnalyzer(), new ReferencedRuleAnalyzer(), new DeployedModelAnalyzer()];
        var found = Analyze(trees, own);
        if (found.Any(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning))
            throw new InvalidOperationException($"The models are not as they should be: {found.First(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)}");

        var times = Fastest(rounds, () => Analyze(trees, [new NoOpAnalyzer()]), () => Analyze(trees, own));
        report.Add("noop_operation_analyzer_ms", times[0]);
        report.Add("analyzers_ms", times[1]);
        report.Add("analyzers_over_noop_operation_analyzer", times[1] / times[0]);
    }

    private static ImmutableArray<Diagnostic> Analyze(ImmutableArray<SyntaxTree> trees, ImmutableArray<DiagnosticAnalyzer> analyzers) =>
        UserProject.Compile(trees).WithAnalyzers(analyzers).GetAnalyzerDiagnosticsAsync(CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>The number of outputs that run again after an edit: one for each model, and some for the rules.</summary>
    private static long Emitted(ImmutableArray<SyntaxTree> trees, ImmutableArray<SyntaxTree> edited) =>
        Driver(isTracked: true).RunGenerators(UserProject.Compile(trees)).RunGenerators(UserProject.Compile(edited)).GetRunResult()
            .Results.Single().TrackedOutputSteps.SelectMany(steps => steps.Value)
            .LongCount(step => step.Outputs.Any(output => output.Reason is IncrementalStepRunReason.New or IncrementalStepRunReason.Modified));

    private static void Require(GeneratorDriverRunResult result, int models)
    {
        var integers = result.Results.Single().GeneratedSources.Count(source => source.HintName.EndsWith(".Quantized.g.cs", StringComparison.Ordinal));
        if (integers != models)
            throw new InvalidOperationException($"The generator emitted {integers} integer models for {models} classes.");
    }

    private static void Emit(CSharpCompilation compilation)
    {
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        if (!result.Success)
            throw new InvalidOperationException($"The models do not compile: {result.Diagnostics.First(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)}");
    }

    private static GeneratorDriver Driver(bool isTracked = false) => CSharpGeneratorDriver.Create(
        [new CompressionGenerator().AsSourceGenerator()], parseOptions: UserProject.ParseOptions,
        driverOptions: new(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: isTracked));

    /// <summary>The fastest run of each, in milliseconds, of rounds in which each runs once, after one that does not count.</summary>
    private static double[] Fastest(int rounds, params IReadOnlyList<Action> actions)
    {
        var fastest = actions.Select(_ => double.PositiveInfinity).ToArray();
        for (var round = 0; round <= rounds; round++)
        {
            for (var i = 0; i < actions.Count; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                var start = Stopwatch.GetTimestamp();
                actions[i]();
                if (round > 0)
                    fastest[i] = Math.Min(fastest[i], Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        return fastest;
    }
}
