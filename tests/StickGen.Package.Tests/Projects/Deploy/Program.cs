// A user's deployment project, built by the tests from the packages and from the signature that Train wrote. Expected.txt is
// what it prints.
using StickGen;

using var tiny = TinyModel.Load(args[0]);
var logits = new float[TinyModel.OutputLength];
tiny.Run(new float[TinyModel.InputLength], logits);
Console.WriteLine($"{TinyModel.InputLength} -> {logits.Length}, all finite: {logits.All(float.IsFinite)}");

[DeployedModel("tiny.model.json")]
public sealed partial class TinyModel;
