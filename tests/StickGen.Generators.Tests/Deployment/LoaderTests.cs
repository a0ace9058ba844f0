using StickGen.Generators.Tests.Verification;

namespace StickGen.Generators.Tests.Deployment;

public sealed class LoaderTests
{
    [Fact]
    public Task One_input_and_one_output_are_spans()
    {
        var emitted = Assert.Single(LoaderDriver.Emit(
            """
            using System;
            using StickGen;

            namespace Shop.Vision;

            [DeployedModel("lenet5.model.json")]
            public sealed partial class Digits;

            public static class Program
            {
                public static void Main()
                {
                    using var digits = Digits.Load("lenet5.safetensors");
                    Span<float> logits = stackalloc float[Digits.OutputLength];
                    digits.Run(new float[Digits.InputLength], logits);
                }
            }
            """,
            ("/app/models/lenet5.model.json", Signatures.LeNet5)));

        Assert.Equal("Shop.Vision.Digits.DeployedModel.g.cs", emitted.HintName);
        return Snapshot.Verify(emitted.SourceText.ToString(), "cs");
    }

    [Fact]
    public Task Tokens_are_integers_and_can_be_gone_on_with() => Snapshot.Verify(Assert.Single(LoaderDriver.Emit(
        """
        using System;
        using StickGen;

        [DeployedModel("decoder.model.json")]
        public sealed partial class Decoder;

        public static class Program
        {
            public static void Main()
            {
                using var decoder = Decoder.Load("decoder.safetensors");
                decoder.Run([1, 2, 3], new float[30]);
                decoder.CreateDecoder(16).Step([1, 2, 3], new float[10]);
            }
        }
        """,
        ("decoder.model.json", Signatures.Decoder))).SourceText.ToString(), "cs");

    [Fact]
    public Task Several_inputs_and_outputs_are_memories_under_mended_names() => Snapshot.Verify(Assert.Single(LoaderDriver.Emit(
        """
        using StickGen;

        /// <summary>Documented by its user.</summary>
        [DeployedModel("reader.model.json")]
        partial class Reader
        {
            public int Answer => _1st_scoreLength * ClassLength * GrößeShape.Length;
        }
        """,
        ("reader.model.json", Signatures.TwoInputs))).SourceText.ToString(), "cs");

    [Fact]
    public Task A_class_in_generic_types_is_continued_inside_them() => Snapshot.Verify(Assert.Single(LoaderDriver.Emit(
        """
        using StickGen;

        namespace Shop.@event;

        public partial interface IOuter<T, @class>
            where T : class
        {
            partial record struct Middle
            {
                [DeployedModel("models/lenet5.model.json")]
                internal partial class @event<U>;
            }
        }
        """,
        (@"C:\app\models\lenet5.model.json", Signatures.LeNet5))).SourceText.ToString(), "cs");

    [Fact]
    public Task Without_its_signature_a_class_still_has_the_members_that_callers_use() => Snapshot.Verify(Assert.Single(LoaderDriver.Emit(
        """
        using StickGen;

        [DeployedModel("lenet5.model.json")]
        public sealed partial class Digits;
        """)).SourceText.ToString(), "cs");

    [Theory]
    [InlineData("public sealed class Digits;")]
    [InlineData("public static partial class Digits;")]
    [InlineData("public abstract partial class Digits;")]
    [InlineData("file partial class Digits;")]
    [InlineData("public sealed partial class Digits(int i) { public int I => i; }")]
    [InlineData("public sealed partial class Digits { public required int I { get; set; } }")]
    [InlineData("public sealed partial record Digits;")]
    [InlineData("public sealed partial class Digits { public int InputLength => 1; }")]
    [InlineData("public sealed partial class Digits { public static int Load(string path) => 1; }")]
    public void Nothing_is_emitted_into_a_class_that_has_no_room_for_it(string declaration) =>
        Assert.Empty(LoaderDriver.Emit(
            $"""
            using StickGen;

            [DeployedModel("lenet5.model.json")]
            {declaration}
            """,
            ("lenet5.model.json", Signatures.LeNet5)));

    [Fact]
    public void Overloads_of_emitted_methods_are_the_users_to_declare() => Assert.Single(LoaderDriver.Emit(
        """
        using StickGen;

        [DeployedModel("lenet5.model.json")]
        public sealed partial class Digits
        {
            public float[] Run(float[] x)
            {
                var logits = new float[OutputLength];
                Run(x, logits);
                return logits;
            }

            public static Digits Load() => Load("lenet5.safetensors");
        }
        """,
        ("lenet5.model.json", Signatures.LeNet5)));
}
