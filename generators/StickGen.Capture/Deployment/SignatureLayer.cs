namespace StickGen.Capture.Deployment;

/// <summary>A layer of a deployed model: its name and the operation it performs, such as <c>conv2d</c>.</summary>
internal sealed record SignatureLayer(string Name, string Operation);
