using System.Reflection;
using StickGen.Compression;
using static TorchSharp.torch;

namespace StickGen.Pruning;

/// <summary>Freezes what is marked <c>[KeepChannels]</c>.</summary>
internal static class KeptByAttribute
{
    public static void Freeze(ChannelFlow flow, TracedModel traced)
    {
        var kept = new HashSet<nn.Module>(ReferenceEqualityComparer.Instance);
        foreach (var model in traced.Scopes.Select(s => s.Model).Distinct())
        {
            foreach (var module in Marked(model))
            {
                kept.Add(module);
                kept.UnionWith(module.modules());
            }
        }

        foreach (var axis in flow.Modules.Where(m => kept.Contains(m.Module)).SelectMany(m => m.Axes))
        {
            if (axis.Role != ChannelRole.Input)
                flow.Sets.Freeze(axis.Ids, $"'{axis.Path}' is marked [KeepChannels]");
        }
    }

    private static IEnumerable<nn.Module> Marked(object model)
    {
        const BindingFlags own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        for (var type = model.GetType(); type is not null && type != typeof(nn.Module); type = type.BaseType)
        {
            var values = type.GetFields(own).Where(f => f.IsDefined(typeof(KeepChannelsAttribute))).Select(f => f.GetValue(model))
                .Concat(type.GetProperties(own).Where(p => p.IsDefined(typeof(KeepChannelsAttribute))).Select(p => p.GetValue(model)));
            foreach (var module in values.OfType<nn.Module>())
                yield return module;
        }
    }
}
