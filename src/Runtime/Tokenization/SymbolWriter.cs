namespace Kiln.Tokenization;

/// <summary>Collects the symbols that a word's merging starts with, and where offsets are wanted the bytes that each stands for.</summary>
internal unsafe ref struct SymbolWriter(int* symbols, int* widths, int unkId, bool fuses)
{
    private int count;
    private int unknown;

    /// <summary>Adds a character.</summary>
    /// <param name="id">Its id, or -1 if the model lacks it: without an unknown token it vanishes.</param>
    /// <param name="bytes">Its bytes.</param>
    public void Add(int id, int bytes)
    {
        if (id >= 0)
        {
            if (unknown > 0)
            {
                AddUnknown();
            }

            Append(id, bytes);
        }
        else if (unkId >= 0)
        {
            if (unknown > 0 && !fuses)
            {
                AddUnknown();
            }

            unknown += bytes;
        }
    }

    /// <summary>
    /// Adds a token that stands for a byte. An unknown before it stays pending, as in the reference: it comes out before the next
    /// known character.
    /// </summary>
    public void AddFallback(int id) => Append(id, 1);

    /// <summary>Ends the word; returns the number of symbols.</summary>
    public int End()
    {
        if (unknown > 0)
        {
            AddUnknown();
        }

        return count;
    }

    private void AddUnknown()
    {
        Append(unkId, unknown);
        unknown = 0;
    }

    private void Append(int id, int bytes)
    {
        if (widths != null)
        {
            widths[count] = bytes;
        }

        symbols[count++] = id;
    }
}
