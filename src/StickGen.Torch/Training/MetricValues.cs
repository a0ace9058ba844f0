using System.Collections;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Text.Json.Serialization;

namespace StickGen.Training;

/// <summary>Measured values by name, in the order in which the metrics were given.</summary>
[JsonConverter(typeof(MetricValuesConverter))]
public sealed class MetricValues : IReadOnlyCollection<KeyValuePair<string, double>>
{
    private readonly ReadOnlyCollection<KeyValuePair<string, double>> values;

    /// <summary>Values by name.</summary>
    public MetricValues(IEnumerable<KeyValuePair<string, double>> values) => this.values = [.. values];

    /// <inheritdoc/>
    public int Count => values.Count;

    /// <summary>The value of a metric.</summary>
    /// <exception cref="KeyNotFoundException">There is no such metric; the message lists those that there are.</exception>
    public double this[string name]
    {
        get
        {
            foreach (var value in values)
            {
                if (value.Key == name)
                    return value.Value;
            }

            throw new KeyNotFoundException($"there is no metric '{name}' but: {string.Join(", ", values.Select(value => value.Key))}.");
        }
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, double>> GetEnumerator() => values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Such as <c>loss 0.0312, accuracy 99.10</c>.</summary>
    public override string ToString() =>
        string.Join(", ", values.Select(value => string.Create(CultureInfo.InvariantCulture, $"{value.Key} {Format(value.Value)}")));

    // Four significant places are what one follows a run by; percentages get two decimals.
    private static string Format(double value) =>
        value.ToString(Math.Abs(value) >= 10 ? "0.00" : "0.0000", CultureInfo.InvariantCulture);
}
