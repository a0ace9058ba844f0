using System.Text.Json.Nodes;

namespace StickGen.Runtime.Tests.Files;

/// <summary>Changes JSON somewhere, so that it stays JSON.</summary>
internal static class JsonMutation
{
    private static readonly string?[] Replacements =
    [
        "null", "true", "0", "1", "-1", "2", "3.5", "127", "255", "256", "1000000", "2147483647", "-2147483648", "9223372036854775807", "1e400",
        "1e-45", "\"\"", "\"x\"", "\"conv\"", "\"batch\"", "\"?\"", "\"2·batch\"", "[]", "{}", "[[[[[[[[[[1]]]]]]]]]]", "[1,1]", "[16777216,1]",
    ];

    public static void Apply(JsonNode root, Random random)
    {
        var nodes = new List<JsonNode>();
        Collect(root, nodes);
        var parents = nodes.Where(n => n is JsonObject { Count: > 0 } or JsonArray { Count: > 0 }).ToList();
        if (parents.Count == 0)
            return;
        switch (parents[random.Next(parents.Count)])
        {
            case JsonObject parent:
                var name = parent.ElementAt(random.Next(parent.Count)).Key;
                switch (random.Next(5))
                {
                    case 0:
                        parent.Remove(name);
                        break;
                    case 1:
                        parent[name + "2"] = parent[name]?.DeepClone();
                        break;
                    case 2:
                        parent[name] = nodes[random.Next(nodes.Count)].DeepClone();
                        break;
                    default:
                        parent[name] = Replacement(random);
                        break;
                }

                break;
            case JsonArray parent:
                var index = random.Next(parent.Count);
                switch (random.Next(5))
                {
                    case 0:
                        parent.RemoveAt(index);
                        break;
                    case 1:
                        parent.Insert(random.Next(parent.Count), parent[index]?.DeepClone());
                        break;
                    case 2:
                        parent[index] = nodes[random.Next(nodes.Count)].DeepClone();
                        break;
                    default:
                        parent[index] = Replacement(random);
                        break;
                }

                break;
        }
    }

    private static JsonNode? Replacement(Random random) => JsonNode.Parse(Replacements[random.Next(Replacements.Length)]!);

    private static void Collect(JsonNode? node, List<JsonNode> nodes)
    {
        if (node is null)
            return;
        nodes.Add(node);
        if (node is JsonObject members)
        {
            foreach (var member in members)
                Collect(member.Value, nodes);
        }
        else if (node is JsonArray items)
        {
            foreach (var item in items)
                Collect(item, nodes);
        }
    }
}
