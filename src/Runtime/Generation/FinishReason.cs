namespace Kiln;

/// <summary>Why a generation ended.</summary>
public enum FinishReason : byte
{
    /// <summary>It has not ended, or was given up.</summary>
    None,

    /// <summary>A stop token came.</summary>
    StopToken,

    /// <summary>A stop string came.</summary>
    StopString,

    /// <summary>As many tokens as wanted, or the session is full.</summary>
    Length,
}
