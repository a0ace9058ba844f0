using StickGen.Cli;

return StickCommand.Run(args, Console.Out, Console.Error);
