namespace StickGen.Capture.Models;

/// <summary>
/// A compressible class as its variants are emitted from it. This record and everything in it consists of strings,
/// numbers, enums and equatable arrays: no symbols, no syntax, no locations, so that it compares equal after an edit
/// that does not concern it.
/// </summary>
/// <param name="Type">The class.</param>
/// <param name="Variants">What is emitted.</param>
/// <param name="BaseModel">The nearest base class that is compressible too, as code refers to it.</param>
/// <param name="InheritedNames">The names of variants that members of base classes have too, other than emitted ones.</param>
/// <param name="Forward">The signature of <c>forward</c>.</param>
/// <param name="Modules">The modules in fields of the class and of its bases, in the order of registration.</param>
/// <param name="States">The parameters and buffers in fields of the class and of its bases.</param>
/// <param name="CapturedParameters">Primary-constructor parameters that forward reads; nested types cannot.</param>
/// <param name="Body">What <c>forward</c> computes.</param>
internal sealed record CapturedModel(
    TypeIdentity Type,
    EmittedVariants Variants,
    string? BaseModel,
    EquatableArray<string> InheritedNames,
    ForwardSignature Forward,
    EquatableArray<ModuleField> Modules,
    EquatableArray<StateField> States,
    EquatableArray<CapturedParameter> CapturedParameters,
    SequenceRegion Body)
{
    /// <summary>The name of the file that the class is marked in, without its folder, which differs between machines.</summary>
    public string SourceFile { get; init; } = "";

    /// <summary>The own helpers that kept statements call.</summary>
    public EquatableArray<KeptFunction> Functions { get; init; }

    /// <summary>The parameters, buffers and other fields that <c>forward</c> writes, of which a variant has its own.</summary>
    public EquatableArray<WrittenField> WrittenFields { get; init; }

    /// <summary>Whether tensors may outlive a call of <c>forward</c> in fields: then it disposes nothing that the original would not.</summary>
    public bool StoresTensors { get; init; }

    /// <summary>The namespaces whose extension methods kept code calls as such.</summary>
    public EquatableArray<string> ExtensionNamespaces { get; init; }

    /// <summary>Whether statements are kept as they are written.</summary>
    public bool KeepsStatements => Functions.Count > 0 || Body.Steps().Any(step => step is KeptStep);
}

/// <summary>An own helper that emitted code has as a local function, because it concerns modules or fields that a variant has its own of.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Code">The whole function.</param>
internal sealed record KeptFunction(string Name, CapturedExpression Code);

/// <summary>A field that <c>forward</c> writes.</summary>
/// <param name="Name">The field.</param>
/// <param name="Type">Its type, as code refers to it; empty for a parameter or buffer.</param>
internal sealed record WrittenField(string Name, string Type);

/// <summary>The signature of <c>forward</c>.</summary>
/// <param name="Parameters">Its tensor parameters, which are the inputs; the one at index i is value i of the graph.</param>
/// <param name="Declared">All its parameters.</param>
/// <param name="Module">TorchSharp's base class of modules with this signature, as code refers to it.</param>
/// <param name="Result">What it returns, as code refers to it.</param>
internal sealed record ForwardSignature(
    EquatableArray<ForwardParameter> Parameters, EquatableArray<DeclaredParameter> Declared, string Module, string Result)
{
    /// <summary>Whether it returns one tensor, which is never null.</summary>
    public bool IsSingleTensor { get; init; } = true;

    /// <summary>Whether all it is given are tensors, which are never null, and it returns one.</summary>
    public bool IsPlain => IsSingleTensor && Declared.Count == Parameters.Count && !Parameters.Any(parameter => parameter.IsOptional);
}

/// <summary>A tensor parameter of <c>forward</c>.</summary>
/// <param name="Name">The name, without <c>@</c>.</param>
/// <param name="Shape">The declared shape, if any.</param>
internal sealed record ForwardParameter(string Name, InputShape? Shape)
{
    /// <summary>Whether it may be null.</summary>
    public bool IsOptional { get; init; }
}

/// <summary>A parameter of <c>forward</c> as it is declared.</summary>
/// <param name="Name">The name, without <c>@</c>.</param>
/// <param name="Type">The type, as code refers to it.</param>
/// <param name="Default">The default value as code, if there is one.</param>
/// <param name="Input">Which of the inputs it is, or -1 for one that is configuration.</param>
/// <param name="Local">What emitted code calls one that is configuration.</param>
/// <param name="Known">Its value while the model is compressed, as code, if one is known: what <c>[InputValue]</c> says, else the default.</param>
internal sealed record DeclaredParameter(string Name, string Type, string? Default, int Input, string Local, string? Known);

/// <summary>The shape that an <c>[InputShape]</c> declares.</summary>
/// <param name="Dimensions">Its dimensions, outermost first.</param>
internal sealed record InputShape(EquatableArray<InputDimension> Dimensions);

/// <summary>One dimension: a fixed size or a name.</summary>
/// <param name="Size">The size, at least 1, or 0 if it is named.</param>
/// <param name="Name">The name, if the size is dynamic.</param>
internal sealed record InputDimension(long Size, string? Name);

/// <summary>A parameter of the primary constructor.</summary>
/// <param name="Name">The name, without <c>@</c>.</param>
/// <param name="Type">The type, as code refers to it.</param>
internal sealed record CapturedParameter(string Name, string Type);
