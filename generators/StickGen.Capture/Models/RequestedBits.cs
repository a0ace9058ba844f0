namespace StickGen.Capture.Models;

/// <summary>What <c>[Bits]</c> of a member asks for; 0 where it asks for nothing.</summary>
/// <param name="Weights">Bits of weights.</param>
/// <param name="Activations">Bits of the result.</param>
internal readonly record struct RequestedBits(int Weights, int Activations);
