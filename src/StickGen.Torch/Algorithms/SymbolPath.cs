using System.Linq.Expressions;

namespace StickGen.Compression;

/// <summary>Paths of modules from expressions.</summary>
internal static class SymbolPath
{
    /// <exception cref="CompressionException">It is anything but fields and properties one after the other.</exception>
    public static string Of(LambdaExpression expression)
    {
        ArgumentNullException.ThrowIfNull(expression);
        var names = new Stack<string>();
        var current = expression.Body;
        while (true)
        {
            switch (current)
            {
                case MemberExpression { Expression: { } owner } member:
                    names.Push(member.Member.Name);
                    current = owner;
                    break;
                case UnaryExpression { NodeType: ExpressionType.Convert } convert:
                    current = convert.Operand;
                    break;
                case ParameterExpression when names.Count > 0:
                    return string.Join('.', names);
                default:
                    throw new CompressionException($"'{expression}' does not name a layer; fields and properties one after the other do, such as n => n.stage.conv.");
            }
        }
    }
}
