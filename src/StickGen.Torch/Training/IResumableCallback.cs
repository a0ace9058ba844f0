using System.Text.Json.Nodes;

namespace StickGen.Training;

/// <summary>
/// A callback whose state goes into checkpoints, so that a resumed run continues as if it had never stopped. A state that
/// lives in buffers of the model is in the checkpoint anyway and does not need this.
/// </summary>
public interface IResumableCallback : ITrainingCallback
{
    /// <summary>Finds the state again: unique among the callbacks of a run, and the same in the run that resumes.</summary>
    string StateName { get; }

    /// <summary>The state after the last finished step.</summary>
    JsonNode SaveState();

    /// <summary>Takes a state over that <see cref="SaveState"/> returned. Called before <see cref="ITrainingCallback.OnTrainingStart"/>.</summary>
    void LoadState(JsonNode state);
}
