using Microsoft.CodeAnalysis;

namespace StickGen.Capture.Diagnostics;

/// <summary>
/// Every diagnostic that the capture can give, one id per mistake. They live beside the capture because it decides what
/// is supported; the analyzers report them, so that they are live while typing and can be suppressed.
/// </summary>
internal static class Descriptors
{
    /// <summary>The category of all diagnostics.</summary>
    public const string Category = "StickGen";

    /// <summary>The class or a containing type is not <c>partial</c>: {0} the class, {1} the type to change.</summary>
    public static readonly DiagnosticDescriptor NotPartial = Error(
        "STK0001",
        "A compressible class has to be partial",
        "'{1}' has to be partial: StickGen adds the variants of '{0}' to it",
        "The variants of a class are emitted as types nested in it, so the class and every type that contains it have to be declared partial.");

    /// <summary>Not a TorchSharp module, or without a forward of its own: {0} the class, {1} what is missing.</summary>
    public static readonly DiagnosticDescriptor NotAModule = Error(
        "STK0002",
        "A compressible class has to be a TorchSharp module with a forward",
        "'{0}' cannot be compressed: {1}",
        "StickGen captures the override of forward in a class that derives from torch.nn.Module<…, Tensor>.");

    /// <summary>RegisterComponents is never called: {0} the class.</summary>
    public static readonly DiagnosticDescriptor NotRegistered = Warning(
        "STK0003",
        "A module has to register its components",
        "'{0}' never calls RegisterComponents: its modules are not found by training, saving and compression; call it at the end of the constructor",
        "TorchSharp finds the modules and parameters in a class's fields when its constructor calls RegisterComponents(). Without the call the module has no parameters, and says nothing.");

    /// <summary>A member has the name of an emitted one: {0} the class, {1} the name.</summary>
    public static readonly DiagnosticDescriptor MemberClash = Error(
        "STK0004",
        "A member has the name of an emitted variant",
        "'{0}' cannot have a member named '{1}': StickGen emits one of that name; rename it",
        "The variants of a class are types nested in it, named Graph, FakeQuantized and Quantized.");

    /// <summary>forward cannot be captured: {0} the class, {1} the construct and why.</summary>
    public static readonly DiagnosticDescriptor NotCaptured = Error(
        "STK0005",
        "forward cannot be captured",
        "forward of '{0}' cannot be captured: {1}",
        "No variant is emitted for a class whose forward contains a construct that the capture does not understand.");

    /// <summary>An operation without a deployed kernel: {0} the operation.</summary>
    public static readonly DiagnosticDescriptor OpaqueOperation = Warning(
        "STK0006",
        "The integer model has no kernel for an operation",
        "'{0}' is kept as it is in the trainable variants, but the integer model has no kernel for it: Convert will refuse the model",
        "Operations that StickGen does not know are run as they are written, with quantizers around them. Only X.Quantized needs every operation known. Emit the trainable variants alone with [Compressible(Emit = Variants.FakeQuantized)] if that is intended.");

    /// <summary>A malformed [InputShape]: {0} what is wrong.</summary>
    public static readonly DiagnosticDescriptor MalformedInputShape = Error(
        "STK0007",
        "[InputShape] is malformed",
        "[InputShape] is malformed: {0}",
        "The dimensions of an input are sizes (int or long, at least 1) and names (string), one attribute per parameter of forward.");

    /// <summary>A file-local type: {0} the type.</summary>
    public static readonly DiagnosticDescriptor FileLocal = Error(
        "STK0008",
        "A compressible class cannot be file-local",
        "'{0}' is file-local: a generated file cannot add to it; remove the modifier 'file'",
        "A type with the 'file' modifier exists in its own file only, so nothing can be emitted into it.");

    /// <summary>A module in an auto-property: {0} the property, {1} the key of its weights.</summary>
    public static readonly DiagnosticDescriptor AutoPropertyModule = Warning(
        "STK0009",
        "A module is kept in an auto-property",
        "The weights of '{0}' are saved under '{1}', because TorchSharp registers the field behind the auto-property; use a field",
        "TorchSharp registers fields. An auto-property's field is named '<Name>k__BackingField', and so are the keys of its weights in every checkpoint.");

    /// <summary>Statements are kept as they are written: {0} the class, {1} the construct and why.</summary>
    public static readonly DiagnosticDescriptor KeptStatement = Warning(
        "STK0010",
        "Part of forward is opaque",
        "part of the forward of '{0}' is kept as it is written, because {1}; the trainable variants quantize around it, and Convert will refuse the model",
        "Statements that the capture does not understand run in the trainable variants as they are written, on the modules of the variant, with quantizers around them. Modules called in them stay float, and X.Quantized needs every operation known.");

    /// <summary>A branch or loop that the values of a tensor decide: {0} the class, {1} which.</summary>
    public static readonly DiagnosticDescriptor TensorBranch = Warning(
        "STK0011",
        "forward branches on the values of a tensor",
        "part of the forward of '{0}' is kept as it is written, because {1}, so what is computed would be another model for each input; select with torch.where, or decide by the shape or by a field",
        "A model is compressed once, for all inputs. What fields, shapes, null tests and 'training' decide is kept as code; the values of a tensor can only select values.");

    /// <summary>A tensor's value that becomes a number in forward: {0} the class, {1} the expression.</summary>
    public static readonly DiagnosticDescriptor ItemInForward = Warning(
        "STK0012",
        "forward reads a value of a tensor as a number",
        "'{1}' in forward of '{0}' takes a value out of the graph: no gradient flows through it, it waits for the device, and the integer model cannot compute it; keep it a tensor",
        "A number that is read with item() or a conversion is no value of the graph. Arithmetic with it cannot be quantized or deployed; the same arithmetic on a tensor of one element can.");

    /// <summary>A while loop: {0} the class, {1} which.</summary>
    public static readonly DiagnosticDescriptor WhileLoop = Warning(
        "STK0013",
        "forward has a while loop",
        "part of the forward of '{0}' is kept as it is written, because {1}, because nothing says how often it runs; use 'for' or 'foreach' over what the instance knows",
        "The replay and the variants need to know the iterations: of a 'for' that counts, or of a 'foreach' over modules or a list.");

    /// <summary>A member that forward writes: {0} the class, {1} which.</summary>
    public static readonly DiagnosticDescriptor FieldWritten = Warning(
        "STK0014",
        "forward writes a member of the module",
        "part of the forward of '{0}' is kept as it is written, because {1}, which every variant has for itself and a deployed model does not have; use a local, or return the value",
        "A graph has inputs, weights and results, and no memory between two calls. A value that is kept in a member would be lost, or shared between the original and its variants.");

    /// <summary>An assignment to a part of a tensor: {0} the class, {1} which.</summary>
    public static readonly DiagnosticDescriptor SliceAssignment = Warning(
        "STK0015",
        "forward assigns to a part of a tensor",
        "part of the forward of '{0}' is kept as it is written, because {1}, which changes every other view of that tensor; build a new one with cat, where or masked_fill",
        "An assignment to x[…] writes into memory that other values of the graph may share. Operations that give a new tensor say the same without that.");

    /// <summary>A module that forward creates: {0} the class, {1} the reason.</summary>
    public static readonly DiagnosticDescriptor ModuleCreated = Warning(
        "STK0016",
        "forward creates a module",
        "part of the forward of '{0}' is kept as it is written, because {1}, with new weights in each call, that are never trained or saved; create it in the constructor and keep it in a field",
        "Modules belong into fields, which RegisterComponents registers. What has no weights can be a function: relu(x) for ReLU().forward(x).");

    /// <summary>A member that is set when RegisterComponents has been called: {0} the class, {1} the member.</summary>
    public static readonly DiagnosticDescriptor RegisteredTooEarly = Warning(
        "STK0017",
        "RegisterComponents is called before a member is set",
        "'{1}' of '{0}' is set after RegisterComponents was called, so TorchSharp does not find it for training, saving and compression; call RegisterComponents when all members are set",
        "RegisterComponents() registers what the fields hold when it is called, once. A module that is assigned later has no entry in the state dictionary, and says nothing.");

    /// <summary>A collection of modules in a member: {0} the class, {1} the member, {2} its type, {3} what to use.</summary>
    public static readonly DiagnosticDescriptor ModuleCollection = Warning(
        "STK0018",
        "Modules are kept in a collection that TorchSharp does not look into",
        "The modules in '{1}' of '{0}' are not registered, because TorchSharp does not look into {2}: they are not found by training, saving and compression; use {3}",
        "TorchSharp registers fields that are modules. ModuleList and ModuleDict are modules that hold others; arrays, List<T> and Dictionary<TKey, TValue> are not.");

    /// <summary>A result that the dispose scope disposes: {0} the class, {1} the expression.</summary>
    public static readonly DiagnosticDescriptor ScopedResult = Warning(
        "STK0019",
        "A result is disposed with its scope",
        "'{1}' is disposed with the scope that forward of '{0}' opens, so the caller gets an invalid tensor; return it with MoveToOuterDisposeScope()",
        "A dispose scope disposes, where it ends, all tensors that were made in it and not moved out of it.");

    /// <summary>A forward that returns its input: {0} the class, {1} the input.</summary>
    public static readonly DiagnosticDescriptor InputReturned = Warning(
        "STK0020",
        "forward returns its input",
        "forward of '{0}' may return '{1}', its own input: a Sequential, which disposes what its modules pass on, then disposes the result too; return {1}.alias()",
        "Callers take what a module returns for a new tensor, which they may dispose. alias() is a new tensor on the same memory, at the cost of a few microseconds.");

    /// <summary>A reshape to a written number of features: {0} the expression.</summary>
    public static readonly DiagnosticDescriptor ConstantReshape = Information(
        "STK0021",
        "A reshape names a size that depends on the number of channels",
        "The size in '{0}' counts the channels of a convolution, which pruning changes, and the pixels, which another input changes; flatten(1) needs no size",
        "X.Pruned follows such a size when channels are removed. Code that is written without it needs no following, in pruned models and for other sizes of images.");

    /// <summary>A compressible module that is called twice: {0} the class, {1} the member.</summary>
    public static readonly DiagnosticDescriptor ModuleCalledTwice = Warning(
        "STK0022",
        "A compressible module is called twice",
        "'{1}' of '{0}' may be called twice in one forward, and its variant has one quantizer for each of its values: Apply will refuse the model; use two instances",
        "The values of two calls have different ranges, and would need two sets of scales. Modules of TorchSharp may be called several times, because each call has a unit of its own.");

    /// <summary>An operation in place on a value that a quantizer observes: {0} the expression, {1} what to write.</summary>
    public static readonly DiagnosticDescriptor InPlaceOnObserved = Information(
        "STK0023",
        "An operation writes into a value that is observed",
        "'{0}' writes into a tensor whose values quantizers read, so the variants run it on a copy, and it saves nothing there; write {1}",
        "A unit is given what an operation reads and what it computes. Where that is one tensor, the emitted code makes a copy of it first.");

    /// <summary>An activation that keeps a batch normalization from being folded: {0} the normalization, {1} the activation, {2} the layer.</summary>
    public static readonly DiagnosticDescriptor FoldBlocked = Information(
        "STK0024",
        "An activation keeps a batch normalization from being folded",
        "'{0}' follows '{1}', so it cannot be folded into the weights of '{2}' and costs a step of its own in the integer model; normalize before the activation if the model is trained anew",
        "A batch normalization that directly follows a convolution or linear layer becomes part of its weights, and costs nothing.");

    /// <summary>A member whose class is not compressible: {0} the class, {1} the member, {2} the class of the member.</summary>
    public static readonly DiagnosticDescriptor ChildNotCompressible = Warning(
        "STK0025",
        "A module's class is not compressible",
        "'{1}' of '{0}' is a '{2}', which is not [Compressible]: it is computed in float as a whole, and the integer model has no kernel for it; mark '{2}' as [Compressible]",
        "The variants of a class are made of the variants of its members' classes. A module of a class that is not marked is one step that nobody looks into.");

    /// <summary>A [Bits] that no layer can have: {0} the member, {1} what is wrong.</summary>
    public static readonly DiagnosticDescriptor MalformedBits = Error(
        "STK0026",
        "[Bits] asks for what no layer can have",
        "[Bits] of '{0}' {1}",
        "[Bits] is for modules that a class keeps in a field or an auto-property, and asks for 1 to 8 bits of their weights, of their results, or of both.");

    /// <summary>A rule class has the wrong form: {0} the class, {1} what is wrong.</summary>
    public static readonly DiagnosticDescriptor RuleNotStaticPartial = Error(
        "STK0101",
        "A rewrite rule has to be a static partial class",
        "'{0}' has to be {1} to be a rewrite rule",
        "StickGen adds the compiled rule to the class, so it and the types that contain it have to be partial; a rule holds no state, so it is static; and other classes use it, so it is not private, not generic and not file-local.");

    /// <summary>[Match] is missing, or there is not one [Replace]: {0} the class, {1} the attribute, {2} the number, {3} what is expected.</summary>
    public static readonly DiagnosticDescriptor RuleMethodCount = Error(
        "STK0102",
        "A rewrite rule has a [Match] and one [Replace]",
        "'{0}' has to have {3} marked [{1}], and has {2}",
        "A rewrite rule is one or more patterns ([Match]), any number of conditions ([Where]) and a replacement ([Replace]).");

    /// <summary>A parameter that the pattern does not have: {0} the method, {1} the parameter, {2} why.</summary>
    public static readonly DiagnosticDescriptor RuleUnknownParameter = Error(
        "STK0103",
        "A parameter does not fit the pattern",
        "The parameter '{1}' of '{0}' does not fit the pattern: {2}",
        "The parameters of [Where] and [Replace] are those of [Match], by name: modules and numbers with their type, tensors as GraphValue, all of them nullable if not every alternative binds them. Besides, a RuleMatch; the first one of [Replace] is the Site.");

    /// <summary>[Where] or [Replace] has the wrong signature: {0} the method, {1} what it should have.</summary>
    public static readonly DiagnosticDescriptor RuleSignature = Error(
        "STK0104",
        "A method of a rewrite rule has the wrong signature",
        "'{0}' has to {1}",
        "[Match] takes tensors, lists of them, modules and numbers, and returns a Tensor; [Where] returns bool; [Replace] takes a Site first and returns a Unit, or an array of them.");

    /// <summary>The pattern cannot be compiled: {0} the class, {1} the expression and why.</summary>
    public static readonly DiagnosticDescriptor RulePattern = Error(
        "STK0105",
        "The pattern of a rewrite rule cannot be compiled",
        "The pattern of '{0}' cannot be compiled: {1}",
        "A pattern is an expression of known operations over the tensor and module parameters of the [Match] method.");

    /// <summary>A parameter of [Match] that the pattern does not use: {0} the class, {1} the parameter.</summary>
    public static readonly DiagnosticDescriptor RuleUnusedParameter = Error(
        "STK0106",
        "A parameter of a pattern is not used",
        "The pattern of '{0}' does not use its parameter '{1}', so nothing is bound to it",
        "Every parameter of a [Match] method is bound by the pattern to a value or to a module.");

    /// <summary>A rule of a referenced assembly in a newer form: {0} the rule, {1} its version, {2} the version known.</summary>
    public static readonly DiagnosticDescriptor RuleVersion = Warning(
        "STK0107",
        "A compiled rule is of an unknown version",
        "The rule '{0}' is compiled in form {1}, this StickGen reads form {2}: the rule is left out",
        "A rule travels between assemblies in a versioned text form. Build both with the same version of StickGen.");

    /// <summary>A negative benefit: {0} the class, {1} the benefit.</summary>
    public static readonly DiagnosticDescriptor RuleBenefit = Error(
        "STK0108",
        "The benefit of a rewrite rule is negative",
        "The benefit of '{0}' is {1}, and has to be at least 1, or 0 for the number of nodes in its pattern",
        "Of overlapping matches the one of the rule with the greatest benefit is applied. 0, the default, stands for the number of nodes.");

    /// <summary>A rule of a referenced assembly whose text is no pattern: {0} the rule, {1} its assembly.</summary>
    public static readonly DiagnosticDescriptor RuleDamaged = Warning(
        "STK0109",
        "A compiled rule cannot be read",
        "The compiled form of the rule '{0}' in '{1}' is damaged: the rule is left out; build that assembly again",
        "The form of a rule that travels in the metadata of its assembly is written by the generator alone, and this one is of the right version, and no pattern.");

    /// <summary>Two rules that may both fit, of the same benefit: {0} the rule that comes second, {1} the one that is applied, {2} their benefit, {3} what both may contain.</summary>
    public static readonly DiagnosticDescriptor RuleAmbiguous = AtEnd(
        "STK0110",
        "Two rewrite rules of the same benefit may fit the same nodes",
        "'{0}' and '{1}' have the same benefit, {2}, and may both contain one '{3}', where '{1}' is applied because of its name alone; give one of them a greater Benefit",
        "Of overlapping matches the one of the rule with the greatest benefit is applied. Between equal benefits the names decide, so that a rule that is renamed changes models.");

    /// <summary>A rule that fits nothing: {0} the rule, {1} why nobody else can use it.</summary>
    public static readonly DiagnosticDescriptor RuleUnused = AtEnd(
        "STK0111",
        "A rewrite rule fits nothing",
        "'{0}' fits none of the models of this assembly, and no other assembly sees it, so it does nothing; make it public, mend its pattern or remove it",
        "A rule is matched with the models that are compiled where it is visible: those of its own assembly and, if it is public, of those that reference it.");

    /// <summary>Another number of matches than expected: {0} the class, {1} the rule, {2} what is expected, {3} what was found, {4} the nearest miss.</summary>
    public static readonly DiagnosticDescriptor UnexpectedMatches = Error(
        "STK0112",
        "A rewrite rule fits another number of times than expected",
        "'{1}' was expected to fit forward of '{0}' {2} times, and fits {3} times{4}; mend the rule or forward, or correct the number",
        "[ExpectMatches] states how often a rule fits the forward of a class, so that a change which keeps it from fitting is noticed where it is made.");

    /// <summary>A malformed [ExpectMatches]: {0} the class, {1} what is wrong.</summary>
    public static readonly DiagnosticDescriptor MalformedExpectation = Error(
        "STK0113",
        "[ExpectMatches] is malformed",
        "[ExpectMatches] of '{0}' {1}",
        "It names a [RewriteRule] class that is visible where the model is compiled, and a number that is not negative.");

    private static DiagnosticDescriptor Error(string id, string title, string message, string description) =>
        Create(id, title, message, description, DiagnosticSeverity.Error);

    private static DiagnosticDescriptor Warning(string id, string title, string message, string description) =>
        Create(id, title, message, description, DiagnosticSeverity.Warning);

    private static DiagnosticDescriptor Information(string id, string title, string message, string description) =>
        Create(id, title, message, description, DiagnosticSeverity.Info);

    /// <summary>A warning that is only known when the whole compilation has been seen.</summary>
    private static DiagnosticDescriptor AtEnd(string id, string title, string message, string description) =>
        Create(id, title, message, description, DiagnosticSeverity.Warning, WellKnownDiagnosticTags.CompilationEnd);

    private static DiagnosticDescriptor Create(
        string id, string title, string message, string description, DiagnosticSeverity severity, params string[] tags) =>
        new(id, title, message, Category, severity, isEnabledByDefault: true, description, HelpLinks.Of(id), tags);
}
