using System;

namespace Kiln.Tokenization;

/// <summary>The ids around a text that is encoded with special tokens.</summary>
internal sealed class PostProcessor
{
    private readonly int[] before = [];
    private readonly int[] after = [];

    /// <summary>The step of a table, of which there is at most one.</summary>
    public PostProcessor(TablePart part)
    {
        for (var reader = new StepReader(part); reader.Next();)
        {
            if ((PostProcessorKind)reader.Kind != PostProcessorKind.Template || before.Length + after.Length > 0)
            {
                throw TableReader.Corrupt("post-processor");
            }

            int count = reader.Int32();
            int numbers = reader.Rest.Length / 4;
            if (count < 0 || count > numbers || reader.Rest.Length % 4 != 0)
            {
                throw TableReader.Corrupt("post-processor");
            }

            before = Read(ref reader, count);
            after = Read(ref reader, numbers - count);
        }
    }

    /// <summary>Emits the ids before the text.</summary>
    public void Begin(TokenizerScratch scratch) => Emit(before, scratch);

    /// <summary>Emits the ids behind the text.</summary>
    public void End(TokenizerScratch scratch) => Emit(after, scratch);

    private static int[] Read(ref StepReader reader, int count)
    {
        int[] ids = new int[count];
        for (int i = 0; i < count; i++)
        {
            ids[i] = reader.Int32();
        }

        return ids;
    }

    private static void Emit(int[] ids, TokenizerScratch scratch)
    {
        foreach (int id in ids)
        {
            scratch.Emit(id);
        }
    }
}
