namespace StickGen.Capture.Deployment;

/// <summary>What a <see cref="LoaderProblem"/> is about, and so where it is reported.</summary>
internal enum LoaderProblemPlace
{
    /// <summary>The declaration of the class: its identifier.</summary>
    Class,

    /// <summary>The signature file: the attribute that names it.</summary>
    Attribute,
}
