using System.Collections.Immutable;

namespace StickGen.Capture.Diagnostics;

/// <summary>What capturing a class gave.</summary>
/// <typeparam name="TModel">The equatable, symbol-free record that code is emitted from.</typeparam>
/// <param name="Model">The record, or <see langword="null"/> if nothing can be emitted for the class.</param>
/// <param name="Problems">What is to be told about the class, in source order.</param>
internal readonly record struct CaptureResult<TModel>(TModel? Model, ImmutableArray<CaptureProblem> Problems)
    where TModel : class;
