namespace StickGen.Planning;

/// <summary>A place in a context's memory that holds a value from one step to another.</summary>
internal sealed class Buffer(int length)
{
    /// <summary>In bytes.</summary>
    public int Length { get; } = length;

    /// <summary>The index of the step that writes it first; −1 for an input.</summary>
    public int FirstStep { get; private set; } = int.MaxValue;

    /// <summary>The index of the last step that uses it.</summary>
    public int LastStep { get; private set; } = int.MinValue;

    /// <summary>Where it is, once memory is planned.</summary>
    public int Offset { get; set; }

    /// <summary>Extends the life of the buffer to a step.</summary>
    public void UseAt(int step)
    {
        FirstStep = Math.Min(FirstStep, step);
        LastStep = Math.Max(LastStep, step);
    }

    /// <summary>Whether there is a step at which both are needed.</summary>
    public bool LivesWith(Buffer other) => FirstStep <= other.LastStep && other.FirstStep <= LastStep;
}
