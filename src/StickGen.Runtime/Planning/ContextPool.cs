namespace StickGen.Planning;

/// <summary>Contexts of one plan, as many as there were runs at once. Renting and returning allocate nothing once they exist.</summary>
internal sealed class ContextPool(Plan plan)
{
    private readonly Lock gate = new();
    private readonly Stack<ExecutionContext> idle = new();
    private ExecutionContext? first;

    public Plan Plan => plan;

    public ExecutionContext Rent()
    {
        if (Interlocked.Exchange(ref first, null) is { } context)
            return context;
        lock (gate)
        {
            if (idle.TryPop(out context))
                return context;
        }

        return new(plan);
    }

    public void Return(ExecutionContext context)
    {
        if (Interlocked.CompareExchange(ref first, context, null) is null)
            return;
        lock (gate)
            idle.Push(context);
    }
}
