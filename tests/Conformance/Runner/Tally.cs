namespace Kiln.Conformance.Runner;

/// <summary>Counts cases and keeps the first complaint.</summary>
internal sealed class Tally
{
    private int count;
    private int wrong;
    private string? first;

    /// <summary>What is wrong, or null.</summary>
    public string? Complaint => first is null ? null : $"{wrong} of {count} cases, the first: {first}";

    /// <summary>How many there were.</summary>
    public string Figure => $"{count} cases";

    /// <summary>Counts a case.</summary>
    public void Add(string? complaint, string input)
    {
        count++;
        if (complaint is not null)
        {
            wrong++;
            first ??= $"{input}: {complaint}";
        }
    }
}
