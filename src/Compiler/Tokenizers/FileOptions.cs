using Kiln.Compiler.Json;
using Kiln.Tokenization;

namespace Kiln.Compiler.Tokenizers;

/// <summary>The members <c>truncation</c> and <c>padding</c> of <c>tokenizer.json</c>.</summary>
internal static class FileOptions
{
    /// <summary>Writes what the file asks for.</summary>
    public static void Write(JsonValue json, TableWriter table)
    {
        if (json.Get("truncation") is { IsNull: false } truncation)
        {
            table.Set(TableField.FileTruncation, (truncation.Get("strategy")?.String ?? "LongestFirst") switch
            {
                "LongestFirst" => 1,
                "OnlyFirst" => 2,
                "OnlySecond" => 3,
                _ => throw truncation.Require("strategy").Error("expected LongestFirst, OnlyFirst or OnlySecond"),
            });
            table.Set(TableField.FileMaxLength, truncation.Require("max_length").Int32);
            table.Set(TableField.FileStride, truncation.Get("stride")?.Int32 ?? 0);
            table.Set(TableField.FileTruncatesLeft, IsLeft(truncation) ? 1 : 0);
        }

        if (json.Get("padding") is { IsNull: false } padding)
        {
            JsonValue strategy = padding.Require("strategy");
            bool isFixed = strategy.Kind == JsonKind.Object;
            table.Set(TableField.FilePadding, isFixed ? 2 : strategy.String == "BatchLongest" ? 1 : throw strategy.Error("expected BatchLongest or Fixed"));
            table.Set(TableField.FilePadLength, isFixed ? strategy.Require("Fixed").Int32 : 0);
            table.Set(TableField.FilePadMultiple, padding.Get("pad_to_multiple_of") is { IsNull: false } multiple ? multiple.Int32 : 0);
            table.Set(TableField.FilePadsLeft, IsLeft(padding) ? 1 : 0);
            table.Set(TableField.FilePadId, padding.Require("pad_id").TokenId());
            table.Set(TableField.FilePadTypeId, padding.Get("pad_type_id")?.TokenId() ?? 0);
        }
    }

    private static bool IsLeft(JsonValue json) => json.Get("direction")?.String == "Left";
}
