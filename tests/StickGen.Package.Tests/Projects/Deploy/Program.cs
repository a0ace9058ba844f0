// A user's deployment project, built by the tests from the packages. Expected.txt is what it prints.
using StickGen.Quantization;

Console.WriteLine(typeof(AffineQuantization).Assembly.GetName().Name);
