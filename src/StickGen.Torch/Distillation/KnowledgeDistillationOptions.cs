using System.Text.Json;
using StickGen.Compression;
using static StickGen.Compression.AlgorithmOptions;

namespace StickGen.Distillation;

/// <summary>The options of <see cref="KnowledgeDistillation"/>; a plain record, to and from JSON.</summary>
public sealed record KnowledgeDistillationOptions
{
    /// <summary>What logits of teacher and student are divided by, positive. The greater, the more the teacher's unlikely classes count.</summary>
    public double Temperature { get; init; } = 4;

    /// <summary>The weight <c>α</c> of the teacher's logits, 0 to 1; that of the inner loss is <c>1 − α</c>.</summary>
    public double Alpha { get; init; } = 0.5;

    /// <summary>Values inside of the models that are to be alike too.</summary>
    public IReadOnlyList<DistilledValue> Values { get; init; } = [];

    /// <summary>Reads options.</summary>
    /// <exception cref="JsonException">The text is not JSON, or has members that are no options.</exception>
    /// <exception cref="CompressionException">A value is not allowed.</exception>
    public static KnowledgeDistillationOptions FromJson(string json)
    {
        var options = Read<KnowledgeDistillationOptions>(json);
        options.Validate();
        return options;
    }

    /// <summary>Writes the options.</summary>
    public string ToJson() => Write(this);

    /// <summary>Checks every value.</summary>
    /// <exception cref="CompressionException">A value is not allowed; the message names the option, the value, and what is.</exception>
    public void Validate()
    {
        Require(Temperature > 0 && double.IsFinite(Temperature), nameof(Temperature), Temperature, "a positive number");
        Require(Alpha is >= 0 and <= 1, nameof(Alpha), Alpha, "0 to 1");
        Require(Values is not null, nameof(Values), "null", "a list, which may be empty");
        foreach (var value in Values!)
        {
            Require(value.Weight >= 0 && double.IsFinite(value.Weight), $"{nameof(value.Weight)} of '{value.Student}'", value.Weight, "0 or more");
            RequireDefined($"{nameof(value.Distance)} of '{value.Student}'", value.Distance);
        }
    }
}
