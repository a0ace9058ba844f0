using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>
/// Creates the optimizer of a run: <c>parameters => torch.optim.Adam(parameters, 1e-3)</c>. The names are those of
/// <c>named_parameters()</c>, for groups with settings of their own; parameters that need no gradient are left out.
/// </summary>
public delegate optim.Optimizer OptimizerFactory(IReadOnlyList<(string name, Parameter parameter)> parameters);

/// <summary>Calls a model with the inputs of a batch.</summary>
public delegate Tensor ForwardFunction(Batch batch);
