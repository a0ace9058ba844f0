// Torch uses all cores in one test already, and random seeds are global.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
