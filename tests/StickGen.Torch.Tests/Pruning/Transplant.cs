using System.Reflection;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Torch.Tests.Pruning;

/// <summary>Puts smaller modules into the fields of a live model, so that its own forward runs them.</summary>
internal static class Transplant
{
    public static void Into(nn.Module model, IReadOnlyDictionary<nn.Module, nn.Module> replacements)
    {
        for (var type = model.GetType(); type is not null && type != typeof(nn.Module); type = type.BaseType)
        {
            foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            {
                if (field.GetValue(model) is not nn.Module module)
                    continue;
                if (replacements.TryGetValue(module, out var smaller))
                    field.SetValue(model, smaller);
                else if (module is Sequential sequential)
                    field.SetValue(model, Rebuilt(sequential, replacements));
                else
                    Into(module, replacements);
            }
        }
    }

    private static Sequential Rebuilt(Sequential sequential, IReadOnlyDictionary<nn.Module, nn.Module> replacements)
    {
        var result = nn.Sequential();
        foreach (var (name, child) in sequential.named_children())
        {
            var part = child is Sequential inner ? Rebuilt(inner, replacements) : replacements.GetValueOrDefault(child, child);
            if (part == child)
                Into(child, replacements);
            result.append(name, (nn.IModule<Tensor, Tensor>)part);
        }

        result.train(sequential.training);
        return result;
    }
}
