using TorchSharp;
using static TorchSharp.torch;

namespace StickGen.Training;

/// <summary>
/// Changes a training batch before the model sees it: augmentation. Random numbers come from the generator that is given,
/// which is seeded from the run's seed and the step; so a resumed run augments alike.
/// </summary>
public delegate Batch BatchTransform(Batch batch, Generator random);
