using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using StickGen.Capture.Forward;

namespace StickGen.Capture.Parsing;

/// <summary>Whether a class registers its components anywhere, itself or through a base class.</summary>
internal static class RegistrationCheck
{
    public static bool IsRegistered(CaptureContext context)
    {
        for (var type = context.Type; type is not null && !context.Known.IsTorch(type); type = type.BaseType)
        {
            // What a base class of another assembly does cannot be seen.
            if (type.DeclaringSyntaxReferences.IsEmpty)
                return true;
            if (DeclarationChecks.Declarations(type, context.CancellationToken).Any(Registers))
                return true;
        }

        return false;
    }

    private static bool Registers(TypeDeclarationSyntax declaration) =>
        Invocations.In(declaration).Any(call => Invocations.NameOf(call) is "RegisterComponents" or "register_module");
}
