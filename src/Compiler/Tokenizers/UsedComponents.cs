using System;
using System.Collections.Generic;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>Which components a table uses, by the names that the runtime's <c>TokenizerComponents</c> gives them.</summary>
internal static class UsedComponents
{
    /// <summary>Reads them off the sections.</summary>
    public static IReadOnlyList<string> Of(TableWriter table)
    {
        var names = new List<string> { (ModelKind)table.Get(TableField.ModelKind) + "Model" };
        Add(names, table[TableSection.Normalizer], "Normalizer", typeof(NormalizerKind));
        Add(names, table[TableSection.PreTokenizer], "PreTokenizer", typeof(PreTokenizerKind));
        Add(names, table[TableSection.Decoder], "Decoder", typeof(DecoderKind));
        Add(names, table[TableSection.WholeDecoder], "Decoder", typeof(DecoderKind));
        return names;
    }

    private static void Add(List<string> names, ByteWriter steps, string suffix, Type kinds)
    {
        byte[] bytes = steps.ToArray();
        for (int i = 0; i < bytes.Length; i += 8 + BitConverter.ToInt32(bytes, i + 4))
        {
            string name = Enum.GetName(kinds, BitConverter.ToInt32(bytes, i)) + suffix;
            if (!names.Contains(name))
            {
                names.Add(name);
            }
        }
    }
}
