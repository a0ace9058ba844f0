using StickGen.Cli;

namespace StickGen.Generators.Tests.Check;

/// <summary>What <c>stick check</c> reads: folders, projects, solutions, and paths that are none of these.</summary>
public sealed class SourceInputTests
{
    private const string Sdk = """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable></PropertyGroup></Project>""";

    [Fact]
    public void What_tools_wrote_is_not_read()
    {
        using var folder = new CheckedFolder()
            .WithModel("Mine.cs", Model("Mine"))
            .WithModel("obj/Debug/A.cs", Model("A"))
            .WithModel("inner/bin/B.cs", Model("B"))
            .WithModel(".hidden/C.cs", Model("C"))
            .WithModel("D.g.cs", Model("D"))
            .WithModel("E.Designer.cs", Model("E"));

        Assert.Equal(["Mine"], Names(folder.Check()));
    }

    [Fact]
    public void An_empty_folder_has_no_classes()
    {
        using var folder = new CheckedFolder();

        var outcome = folder.Check();

        Assert.Empty(outcome.Classes);
        Assert.Equal(StickCommand.Success, outcome.ExitCode);
    }

    [Fact]
    public void A_solution_is_read_with_the_references_between_its_projects()
    {
        using var folder = new CheckedFolder()
            .With("App.sln", """
                Microsoft Visual Studio Solution File, Format Version 12.00
                Project("{FAE04EC0-301F-11D3-BF4B-00C04F79EFBC}") = "App", "App\App.csproj", "{7119C2AA-F264-4E37-9703-B5A66A9E1F29}"
                EndProject
                Project("{FAE04EC0-301F-11D3-BF4B-00C04F79EFBC}") = "Lib", "Lib\Lib.csproj", "{E414450D-22D0-443F-982D-184993D6896C}"
                EndProject
                """)
            .With("App/App.csproj", """
                <Project Sdk="Microsoft.NET.Sdk"><ItemGroup><ProjectReference Include="..\Lib\Lib.csproj" /></ItemGroup></Project>
                """)
            .With("Lib/Lib.csproj", Sdk)
            .WithModel("Lib/Layer.cs", "namespace Lib;\n" + Model("Layer"))
            .WithModel("App/Net.cs", """
                public class Net : Module<Tensor, Tensor>
                {
                    private readonly Lib.Layer layer = new Lib.Layer();
                    public Net() : base("net") => RegisterComponents();
                    public override Tensor forward(Tensor x) => layer.forward(x);
                }
                """);

        var outcome = folder.Check("App.sln");

        Assert.Equal(["Net", "Layer"], Names(outcome));
        Assert.All(outcome.Classes, entry => Assert.Equal("full", entry.GetProperty("status").GetString()));
        Assert.All(outcome.Classes, entry => Assert.True(entry.GetProperty("emitted_compiles").GetBoolean()));
    }

    [Theory]
    [InlineData("<InternalsVisibleTo Include=\"App\" />", "full")]
    [InlineData("", "partial")]
    public void Friends_of_a_project_see_its_internal_classes(string friend, string status)
    {
        using var folder = new CheckedFolder()
            .With("App/App.csproj", """
                <Project Sdk="Microsoft.NET.Sdk"><ItemGroup><ProjectReference Include="../Lib/Lib.csproj" /></ItemGroup></Project>
                """)
            .With("Lib/Lib.csproj", $"""<Project Sdk="Microsoft.NET.Sdk"><ItemGroup>{friend}</ItemGroup></Project>""")
            .WithModel("Lib/Layer.cs", "namespace Lib;\n" + Model("Layer").Replace("public class", "internal class"))
            .WithModel("App/Net.cs", """
                public class Net : Module<Tensor, Tensor>
                {
                    private readonly Lib.Layer layer = new Lib.Layer();
                    public Net() : base("net") => RegisterComponents();
                    public override Tensor forward(Tensor x) => layer.forward(x);
                }
                """);

        var outcome = folder.Check();

        Assert.Equal(status, outcome.Status("Net"));
        Assert.Equal("full", outcome.Status("Layer"));
    }

    [Fact]
    public void A_solution_in_xml_is_read_too()
    {
        using var folder = new CheckedFolder()
            .With("App.slnx", """<Solution><Folder Name="/src/"><Project Path="Lib/Lib.csproj" /></Folder></Solution>""")
            .With("Lib/Lib.csproj", Sdk)
            .WithModel("Lib/Layer.cs", Model("Layer"));

        Assert.Equal(["Layer"], Names(folder.Check("App.slnx")));
    }

    [Fact]
    public void Projects_that_refer_to_each_other_are_checked_all_the_same()
    {
        using var folder = new CheckedFolder()
            .With("A/A.csproj", """<Project Sdk="Microsoft.NET.Sdk"><ItemGroup><ProjectReference Include="../B/B.csproj" /></ItemGroup></Project>""")
            .With("B/B.csproj", """<Project Sdk="Microsoft.NET.Sdk"><ItemGroup><ProjectReference Include="../A/A.csproj" /></ItemGroup></Project>""")
            .WithModel("A/One.cs", Model("One"))
            .WithModel("B/Two.cs", Model("Two"));

        var outcome = folder.Check();

        Assert.Equal(["One", "Two"], Names(outcome));
        Assert.Contains("refer to each other", outcome.Output);
    }

    [Fact]
    public void The_items_of_a_project_say_what_is_compiled()
    {
        using var folder = new CheckedFolder()
            .With("Shared/Only.props", "")
            .WithModel("Shared/Linked.cs", Model("Linked"))
            .WithModel("App/In.cs", Model("In"))
            .WithModel("App/Old/Out.cs", Model("Out"))
            .With("App/App.csproj", """
                <Project Sdk="Microsoft.NET.Sdk">
                  <ItemGroup>
                    <Compile Remove="Old/**" />
                    <Compile Include="..\Shared\*.cs" LinkBase="Shared" />
                  </ItemGroup>
                </Project>
                """);

        Assert.Equal(["In", "Linked"], Names(folder.Check("App/App.csproj")));
    }

    [Fact]
    public void An_older_form_of_project_names_its_files()
    {
        using var folder = new CheckedFolder()
            .WithModel("In.cs", Model("In"))
            .WithModel("Out.cs", Model("Out"))
            .With("App.csproj", """
                <Project ToolsVersion="15.0" xmlns="http://schemas.microsoft.com/developer/msbuild/2003">
                  <ItemGroup><Compile Include="In.cs" /></ItemGroup>
                </Project>
                """);

        Assert.Equal(["In"], Names(folder.Check("App.csproj")));
        // Of the folder, the file that belongs to no project is checked as well.
        Assert.Equal(["In", "Out"], Names(folder.Check()));
    }

    [Fact]
    public void Settings_of_the_folders_above_hold_until_a_project_sets_its_own()
    {
        using var folder = new CheckedFolder()
            .With("Directory.Build.props", """
                <Project>
                  <PropertyGroup><DefineConstants>$(DefineConstants);WITH_NET</DefineConstants></PropertyGroup>
                  <ItemGroup><Using Include="TorchSharp" /><Using Include="TorchSharp.torch" Static="true" /><Using Include="TorchSharp.Modules.Linear" Alias="Fc" /></ItemGroup>
                </Project>
                """)
            .With("App/App.csproj", Sdk)
            .With("App/Net.cs", """
                #if WITH_NET && NET8_0_OR_GREATER
                public class Net : nn.Module<Tensor, Tensor>
                {
                    private readonly Fc fc = nn.Linear(1, 1);
                    private readonly List<int>? sizes = null;
                    public Net() : base("net") => RegisterComponents();
                    public override Tensor forward(Tensor x) => fc.forward(x);
                }
                #endif
                """);

        var outcome = folder.Check("App/App.csproj");

        Assert.Equal("full", outcome.Status("Net"));
        Assert.True(outcome["Net"].GetProperty("emitted_compiles").GetBoolean());
    }

    [Fact]
    public void A_damaged_project_is_noted_and_the_others_are_checked()
    {
        using var folder = new CheckedFolder()
            .With("Bad/Bad.csproj", "<Project Sdk=")
            .With("Good/Good.csproj", Sdk)
            .WithModel("Good/Net.cs", Model("Net"));

        var outcome = folder.Check();

        Assert.Equal(["Net"], Names(outcome));
        Assert.Contains("Bad.csproj' cannot be read", outcome.Output);
    }

    [Fact]
    public void A_single_file_can_be_checked()
    {
        using var folder = new CheckedFolder().WithModel("One.cs", Model("One")).WithModel("Two.cs", Model("Two"));

        Assert.Equal(["One"], Names(folder.Check("One.cs")));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("model.onnx")]
    public void A_path_that_cannot_be_checked_is_a_usage_error(string path)
    {
        using var folder = new CheckedFolder().With("model.onnx", "");

        var outcome = folder.Check(path);

        Assert.Equal(StickCommand.UsageError, outcome.ExitCode);
        Assert.StartsWith("stick: ", outcome.Error);
        Assert.Contains(path, outcome.Error);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("check", ".", "--unknown")]
    [InlineData("check", ".", "--fail-on", "nothing")]
    [InlineData("check", "a", "b")]
    [InlineData("squash")]
    public void Wrong_arguments_are_a_usage_error(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        Assert.Equal(StickCommand.UsageError, StickCommand.Run(args, output, error));
        Assert.StartsWith("stick: ", error.ToString());
        Assert.Contains("--help", error.ToString());
    }

    [Fact]
    public void A_result_that_cannot_be_written_is_a_usage_error()
    {
        using var folder = new CheckedFolder();
        using var output = new StringWriter();
        using var error = new StringWriter();

        var code = StickCommand.Run(["check", folder.Path, "--json", Path.Combine(folder.Path, "no", "such", "folder.json")], output, error);

        Assert.Equal(StickCommand.UsageError, code);
        Assert.Contains("cannot be written", error.ToString());
    }

    [Fact]
    public void Help_explains_the_arguments()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        Assert.Equal(StickCommand.Success, StickCommand.Run(["check", "--help"], output, error));
        foreach (var word in (string[])["PATH", "--json", "--fail-on", "Exit codes"])
            Assert.Contains(word, output.ToString());
    }

    private static string[] Names(CheckOutcome outcome) => [.. outcome.Classes.Select(entry => entry.GetProperty("class").GetString()!.Split('.')[^1])];

    private static string Model(string name) => $$"""
        public class {{name}} : Module<Tensor, Tensor>
        {
            private readonly Linear fc = Linear(8, 2);
            public {{name}}() : base("{{name}}") => RegisterComponents();
            public override Tensor forward(Tensor x) => relu(fc.forward(x));
        }
        """;
}
