using System.Text.Json;
using StickGen.Cli;

namespace StickGen.Generators.Tests.Check;

/// <summary>What <c>stick check</c> says about classes.</summary>
public sealed class CheckTests
{
    private const string Full = """
        public class Full : Module<Tensor, Tensor>
        {
            private readonly Conv2d conv = Conv2d(1, 2, 3);
            private readonly Linear fc = Linear(8, 2);
            public Full() : base("full") => RegisterComponents();
            public override Tensor forward(Tensor x) => fc.forward(relu(conv.forward(x)).flatten(1));
        }
        """;

    private const string Partial = """
        public class Partial : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(8, 2);
            public Partial() : base("partial") => RegisterComponents();
            public override Tensor forward(Tensor x) => fc.forward(x).erfinv();
        }
        """;

    private const string Unsupported = """
        public class Unsupported : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(8, 2);
            public Unsupported() : base("unsupported") => RegisterComponents();
            public override Tensor forward(Tensor x)
            {
                foreach (var child in children())
                    x = ((Linear)child).forward(x);
                return x;
            }
        }
        """;

    [Fact]
    public void Says_of_each_class_how_much_is_captured()
    {
        using var folder = new CheckedFolder().WithModel("Full.cs", Full).WithModel("Partial.cs", Partial).WithModel("inner/Unsupported.cs", Unsupported);

        var outcome = folder.Check();

        Assert.Equal(3, outcome.Classes.Count);
        Assert.Equal("full", outcome.Status("Full"));
        Assert.Equal(0, outcome["Full"].GetProperty("opaque_nodes").GetInt32());
        Assert.True(outcome["Full"].GetProperty("emitted_compiles").GetBoolean());
        Assert.Equal("partial", outcome.Status("Partial"));
        Assert.Equal(1, outcome["Partial"].GetProperty("opaque_nodes").GetInt32());
        Assert.Equal(["STK0006"], outcome.Ids("Partial"));
        Assert.Equal("unsupported", outcome.Status("Unsupported"));
        Assert.Equal(JsonValueKind.Null, outcome["Unsupported"].GetProperty("emitted_compiles").ValueKind);
        Assert.Equal(["STK0005"], outcome.Ids("Unsupported"));
        Assert.Equal(StickCommand.Findings, outcome.ExitCode);
    }

    [Fact]
    public void Names_file_and_line()
    {
        using var folder = new CheckedFolder().WithModel("inner/Unsupported.cs", Unsupported);

        var outcome = folder.Check();

        var entry = outcome["Unsupported"];
        Assert.Equal("inner/Unsupported.cs", entry.GetProperty("file").GetString());
        Assert.Equal(CheckedFolder.LinesAbove + 1, entry.GetProperty("line").GetInt32());
        var diagnostic = entry.GetProperty("diagnostics")[0];
        Assert.Equal("inner/Unsupported.cs", diagnostic.GetProperty("file").GetString());
        Assert.Equal(CheckedFolder.LinesAbove + 7, diagnostic.GetProperty("line").GetInt32());
        Assert.Equal("error", diagnostic.GetProperty("severity").GetString());
        Assert.Contains($"inner/Unsupported.cs({CheckedFolder.LinesAbove + 7}): error STK0005: ", outcome.Output);
    }

    [Fact]
    public void Prints_a_line_for_each_class_and_a_summary()
    {
        using var folder = new CheckedFolder().WithModel("Full.cs", Full).WithModel("Partial.cs", Partial);

        var output = folder.Check().Output;

        Assert.Contains($"full         Full     Full.cs:{CheckedFolder.LinesAbove + 1}", output);
        Assert.Contains("2 classes with a forward", output);
        Assert.Contains("     1  fully captured (50%)", output);
        Assert.Contains("     1  captured with opaque parts (50%)", output);
        Assert.Contains("     0  unsupported (0%)", output);
    }

    [Fact]
    public void The_summary_alone_can_be_asked_for()
    {
        using var folder = new CheckedFolder().WithModel("Full.cs", Full);

        var output = folder.Check(".", "--summary").Output;

        Assert.StartsWith("1 class with a forward", output);
    }

    [Theory]
    [InlineData(Full, "unsupported", StickCommand.Success)]
    [InlineData(Full, "partial", StickCommand.Success)]
    [InlineData(Partial, "unsupported", StickCommand.Success)]
    [InlineData(Partial, "partial", StickCommand.Findings)]
    [InlineData(Unsupported, "unsupported", StickCommand.Findings)]
    public void The_exit_code_says_whether_all_is_captured(string source, string failOn, int expected)
    {
        using var folder = new CheckedFolder().WithModel("Model.cs", source);

        Assert.Equal(expected, folder.Check(".", "--fail-on", failOn).ExitCode);
    }

    [Fact]
    public void Classes_are_made_partial_with_all_that_contain_them()
    {
        using var folder = new CheckedFolder().WithModel("Nested.cs", $$"""
            namespace Zoo
            {
                static class Outer
                {
                    public partial struct Inner<T>
                    {
                        private {{Full.Replace("public class", "sealed class")}}
                        {{Partial}}
                    }
                }
            }
            """);

        var outcome = folder.Check();

        Assert.Equal("full", outcome.Status("Full"));
        Assert.Equal("partial", outcome.Status("Partial"));
        Assert.All(outcome.Classes, entry => Assert.True(entry.GetProperty("emitted_compiles").GetBoolean()));
        Assert.Equal("Zoo.Outer.Inner<T>.Full", outcome["Full"].GetProperty("class").GetString());
    }

    [Fact]
    public void A_class_that_is_compressible_already_is_not_marked_twice()
    {
        using var folder = new CheckedFolder().WithModel("Full.cs", "[StickGen.Compressible]\n" + Full.Replace("public class", "public partial class"));

        Assert.Equal("full", folder.Check().Status("Full"));
    }

    [Fact]
    public void A_class_in_two_parts_is_listed_once()
    {
        using var folder = new CheckedFolder()
            .WithModel("Full.cs", Full.Replace("public class", "public partial class"))
            .WithModel("Full.More.cs", "public partial class Full { public int Count => 1; }");

        Assert.Single(folder.Check().Classes);
    }

    [Fact]
    public void A_module_of_a_class_of_the_same_folder_is_called_by_its_variant()
    {
        using var folder = new CheckedFolder().WithModel("Full.cs", Full).WithModel("Net.cs", """
            public class Net : Module<Tensor, Tensor>
            {
                private readonly Full full = new();
                public Net() : base("net") => RegisterComponents();
                public override Tensor forward(Tensor x) => relu(full.call(x));
            }
            """);

        Assert.Equal("full", folder.Check().Status("Net"));
    }

    [Fact]
    public void Broken_code_is_no_crash()
    {
        using var folder = new CheckedFolder().WithModel("Full.cs", Full).WithModel("Broken.cs", """
            public class Broken : Module<Tensor, Tensor>
            {
                private readonly Linear fc = Linear(8, 2;
                public override Tensor forward(Tensor x) { var y = fc.forward(x
            """);

        var outcome = folder.Check();

        Assert.Equal("full", outcome.Status("Full"));
        Assert.Equal("unsupported", outcome.Status("Broken"));
        Assert.Equal(StickCommand.Findings, outcome.ExitCode);
    }

    [Fact]
    public void Missing_references_are_tolerated()
    {
        using var folder = new CheckedFolder().WithModel("Model.cs", """
            using Some.Package.That.Is.Missing;
            [Registered]
            public class Model : Module<Tensor, Tensor>
            {
                private readonly Linear fc = Linear(8, 2);
                private readonly Logger log = Logger.Create();
                public Model() : base("model") => RegisterComponents();
                public override Tensor forward(Tensor x) => relu(fc.forward(x));
            }
            """).WithModel("Full.cs", Full);

        var outcome = folder.Check();

        Assert.Equal("full", outcome.Status("Model"));
        Assert.Equal("full", outcome.Status("Full"));
        Assert.Equal(StickCommand.Success, outcome.ExitCode);
    }

    [Fact]
    public void Classes_without_forward_and_other_classes_are_not_listed()
    {
        using var folder = new CheckedFolder().WithModel("Others.cs", """
            public abstract class Base(string name) : Module<Tensor, Tensor>(name) { public abstract Tensor Head(Tensor x); }
            public class NoModule { public Tensor forward(Tensor x) => x; }
            """);

        var outcome = folder.Check();

        Assert.Empty(outcome.Classes);
        Assert.Contains("No class derives from a TorchSharp module", outcome.Output);
        Assert.Equal(StickCommand.Success, outcome.ExitCode);
    }

    [Fact]
    public void Lists_of_the_caller_and_names_of_the_base_class_are_no_errors_of_emitted_code()
    {
        using var folder = new CheckedFolder().WithModel("Net.cs", """
            using System;
            using System.Collections.Generic;
            public class Net : Module<List<Tensor>, Tensor>
            {
                private readonly ModuleList<Linear> modules = ModuleList(Linear(2, 2));
                public Net() : base("net") => RegisterComponents();
                public override Tensor forward(List<Tensor> inputs)
                {
                    var size = (long)Math.Pow(2, inputs.Count);
                    var found = new List<Tensor>();
                    foreach (var x in inputs)
                    {
                        found.Add(avg_pool2d(x, size, size));
                        size /= 2;
                    }

                    return modules[0].forward(cat(found, 1));
                }
            }
            """);

        var outcome = folder.Check();

        Assert.Equal("full", outcome.Status("Net"));
        Assert.True(outcome["Net"].GetProperty("emitted_compiles").GetBoolean());
    }

    [Fact]
    public void Emitted_code_is_written_where_it_is_asked_for()
    {
        using var folder = new CheckedFolder().WithModel("Net.cs", """
            public class Net : Module<Tensor, Tensor>
            {
                private readonly Linear fc = Linear(2, 2);
                public Net() : base("net") => RegisterComponents();
                public override Tensor forward(Tensor x) => relu(fc.forward(x));
            }
            """);
        var emitted = Path.Combine(folder.Path, "emitted");

        var outcome = folder.Check(".", "--emit", emitted);

        Assert.Equal("full", outcome.Status("Net"));
        var files = Directory.GetFiles(emitted, "*.cs", SearchOption.AllDirectories);
        Assert.Contains("sealed class FakeQuantized", File.ReadAllText(Assert.Single(files, file => file.EndsWith("Net.FakeQuantized.g.cs", StringComparison.Ordinal))));

        // Where a file is in the way of the folder, that is said, and nothing else is lost.
        File.WriteAllText(Path.Combine(folder.Path, "taken"), "");
        var failed = folder.Check(".", "--emit", Path.Combine(folder.Path, "taken"));
        Assert.Contains("cannot be written", failed.Error);
    }

    [Fact]
    public void The_json_has_the_documented_fields()
    {
        using var folder = new CheckedFolder().WithModel("Partial.cs", Partial);

        var entry = folder.Check()["Partial"];

        Assert.Equal(
            ["file", "line", "class", "status", "opaque_nodes", "emitted_compiles", "diagnostics"],
            entry.EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            ["id", "severity", "message", "file", "line"],
            entry.GetProperty("diagnostics")[0].EnumerateObject().Select(property => property.Name));
    }
}
