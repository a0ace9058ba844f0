namespace StickGen;

/// <summary>
/// Says what a parameter of <c>forward</c> that is no tensor is while the model is compressed: <c>[InputValue("training_step", 0)]</c>.
/// Without it, it is the parameter's default value, and null where null is allowed.
/// </summary>
/// <param name="parameter">The name of the parameter.</param>
/// <param name="value">Its value.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class InputValueAttribute(string parameter, object? value) : Attribute
{
    /// <summary>The name of the parameter.</summary>
    public string Parameter { get; } = parameter;

    /// <summary>Its value.</summary>
    public object? Value { get; } = value;
}
