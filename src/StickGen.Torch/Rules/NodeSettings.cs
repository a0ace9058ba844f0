using StickGen.Kinds;
using StickGen.Matching;
using StickGen.Operations;

namespace StickGen.Rules;

/// <summary>The settings of operations that patterns can compare, by the names that the tracer has.</summary>
internal static class NodeSettings
{
    public static SettingValue Of(Operation operation, string name) => (operation, name) switch
    {
        (Elementwise { Function: ElementFunction.GeluTanh }, "approximate") => SettingValue.Of("tanh"),
        (Elementwise e, "negative_slope" or "alpha" or "beta" or "min" or "min_val") => SettingValue.Of(e.First),
        (Elementwise e, "threshold" or "max" or "max_val") => SettingValue.Of(e.Second),
        (Arithmetic a, "number") => SettingValue.Of(a.Number),
        (Arithmetic { NumberFirst: true }, "numberFirst") => SettingValue.Of(1),
        (Concat c, "dim") => SettingValue.Of(c.Axis),
        (Softmax s, "dim") => SettingValue.Of(s.Axis),
        (Flatten f, "start_dim") => SettingValue.Of(f.Start),
        (Flatten f, "end_dim") => SettingValue.Of(f.End),
        (Dropout d, "p") => SettingValue.Of(d.Probability),
        _ => default,
    };
}
