using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using Kiln.Compiler.Diagnostics;
using Kiln.Compiler.Tokenizers;
using Kiln.Tests;
using Xunit;

namespace Kiln.Compiler.Tests.Tokenizers;

public class TokenizerCompilerTests
{
    private static readonly string Folder = Path.Combine(Paths.Fixtures, "tokenizers", "mistral-style");

    [Fact]
    public void AFolderWithoutATokenizerIsNoError()
    {
        Assert.Null(Compile(new TokenizerFiles(), out Diagnostic[] diagnostics));
        Assert.Empty(diagnostics);
        var config = new TokenizerFiles();
        config.Add("tokenizer_config.json", "{\"model_max_length\": 1024}"u8.ToArray());
        Assert.Null(Compile(config, out diagnostics));
        Assert.Empty(diagnostics);
    }

    [Fact]
    public void TheSameFilesGiveTheSameTable()
    {
        Assert.Equal(Compile(Read(), out _)!.Table, Compile(Read(), out _)!.Table);
    }

    [Fact]
    public void OldFilesGiveTheTableOfTheNewOne()
    {
        string folder = Path.Combine(Paths.Fixtures, "tokenizers", "gpt2");
        var old = new TokenizerFiles();
        var all = new TokenizerFiles();
        foreach (string name in new[] { "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json", "tokenizer.json" })
        {
            byte[] content = File.ReadAllBytes(Path.Combine(folder, name));
            all.Add(name, content);
            if (name != "tokenizer.json")
            {
                old.Add(name, content);
            }
        }

        Assert.Equal(Compile(all, out _)!.Table, Compile(old, out _)!.Table);
    }

    [Theory]
    [InlineData("normalizer", """{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"a"},{"type":"Whatever"}]}""", "normalizer.normalizers[1]")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Regex":"(a)\\1"},"content":""}""", "normalizer.pattern.Regex")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Sequence","pretokenizers":[{"type":"Whatever"}]}]}""", "pre_tokenizer.pretokenizers[0].pretokenizers[0]")]
    [InlineData("post_processor", """{"type":"Sequence","processors":[{"type":"Whatever"}]}""", "post_processor.processors[0]")]
    [InlineData("decoder", """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Whatever"}]}""", "decoder.decoders[1]")]
    [InlineData("version", "\"2.0\"", "version")]
    public void UnsupportedPartsAreNamed(string component, string content, string path)
    {
        Assert.Null(Compile(With(component, content), out Diagnostic[] diagnostics));
        Diagnostic diagnostic = Assert.Single(diagnostics);
        Assert.Equal("KILN0402", diagnostic.Id);
        Assert.StartsWith("tokenizer.json: " + path + ":", diagnostic.Message);
    }

    [Theory]
    [InlineData("model.type", "\"Whatever\"", "model")]
    [InlineData("model.dropout", "0.1", "model.dropout")]
    public void UnsupportedModelOptionsAreNamed(string option, string value, string path)
    {
        JsonNode json = Json();
        json["model"]![option[6..]] = JsonNode.Parse(value);
        Assert.Null(Compile(Files(json), out Diagnostic[] diagnostics));
        Assert.Equal("KILN0402", Assert.Single(diagnostics).Id);
        Assert.StartsWith("tokenizer.json: " + path + ":", diagnostics[0].Message);
    }

    [Theory]
    [InlineData("normalizer", "{}", "normalizer")]
    [InlineData("normalizer", "[]", "normalizer")]
    [InlineData("normalizer", """{"type":"Replace","pattern":"a","content":"b"}""", "normalizer.pattern")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"ab"}""", "pre_tokenizer.replacement")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"a","add_prefix_space":false}""", "pre_tokenizer")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x","type_id":0}}],"special_tokens":{}}""", "post_processor.single[0].SpecialToken")]
    [InlineData("decoder", """{"type":"Strip","content":"a","start":-1,"stop":0}""", "decoder.start")]
    [InlineData("added_tokens", """[{"id":1,"content":"\ud800"}]""", "added_tokens[0].content")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}""", "model.vocab.b")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":4000000000},"merges":[]}""", "model.vocab.a")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0},"merges":["a b"]}""", "model.merges[0]")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0},"merges":["a a"]}""", "model.merges[0]")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0,"aa":1},"merges":["a a",["a","a"]]}""", "model.merges[1]")]
    [InlineData("model", """{"type":"BPE","vocab":{"a":0}}""", "model")]
    public void CorruptPartsAreNamed(string component, string content, string path)
    {
        Assert.Null(Compile(With(component, content), out Diagnostic[] diagnostics));
        Diagnostic diagnostic = Assert.Single(diagnostics);
        Assert.Equal("KILN0401", diagnostic.Id);
        Assert.StartsWith("tokenizer.json: " + path + ":", diagnostic.Message);
    }

    [Theory]
    [InlineData("tokenizer.json", "{", "KILN0401")]
    [InlineData("tokenizer_config.json", "[1", "KILN0401")]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder":{"x":{"content":"a"}}}""", "KILN0401")]
    [InlineData("special_tokens_map.json", """{"bos_token":7}""", "KILN0401")]
    [InlineData("added_tokens.json", """{"a":"b"}""", "KILN0401")]
    public void EachFileIsNamed(string name, string content, string id)
    {
        // the older files are read where tokenizer_config.json does not list the added tokens
        TokenizerFiles files = Files(Json());
        files.Add(name, Encoding.UTF8.GetBytes(content));
        Assert.Null(Compile(files, out Diagnostic[] diagnostics));
        Assert.Equal(id, Assert.Single(diagnostics).Id);
        Assert.StartsWith(name + ": ", diagnostics[0].Message);
    }

    [Theory]
    [InlineData("vocab.txt", "KILN0403")]
    [InlineData("vocab.json", "KILN0402")]
    [InlineData("spiece.model", "KILN0402")]
    public void OtherTokenizersAreNotMissingOnes(string name, string id)
    {
        var files = new TokenizerFiles();
        files.Add(name, "{}"u8.ToArray());
        Assert.Null(Compile(files, out Diagnostic[] diagnostics));
        Assert.Equal(id, Assert.Single(diagnostics).Id);
        Assert.StartsWith(name + ": ", diagnostics[0].Message);
    }

    [Fact]
    public void AnUnknownTokenMustExist()
    {
        JsonNode json = Json();
        json["model"]!["unk_token"] = "<nowhere>";
        Assert.Null(Compile(Files(json), out Diagnostic[] diagnostics));
        Assert.Equal("KILN0403", Assert.Single(diagnostics).Id);
        Assert.Contains("<nowhere>", diagnostics[0].Message);
    }

    [Fact]
    public void BosMustExistWhereTheClassAddsIt()
    {
        TokenizerFiles files = With("model", """{"type":"BPE","vocab":{"a":0},"merges":[]}""");
        files.Add("tokenizer_config.json", """{"tokenizer_class":"LlamaTokenizer","bos_token":null}"""u8.ToArray());
        Assert.Null(Compile(files, out Diagnostic[] diagnostics));
        Assert.Equal("KILN0403", Assert.Single(diagnostics).Id);
    }

    /// <summary>Whatever a file holds: a table, or one diagnostic of tokenizers; no other exception, no hang.</summary>
    [Theory]
    [InlineData("mistral-style")]
    [InlineData("gpt2")]
    public void DamagedFilesDoNoHarm(string name)
    {
        string folder = Path.Combine(Paths.Fixtures, "tokenizers", name);
        byte[] json = File.ReadAllBytes(Path.Combine(folder, "tokenizer.json"));
        byte[] config = File.ReadAllBytes(Path.Combine(folder, "tokenizer_config.json"));
        var random = new Random(11);
        int refused = 0;
        for (int n = 0; n < 400; n++)
        {
            var files = new TokenizerFiles();
            files.Add("tokenizer.json", n % 4 == 3 ? json : Damage(json, random));
            files.Add("tokenizer_config.json", n % 4 == 3 ? Damage(config, random) : config);
            CompiledTokenizer? compiled = Compile(files, out Diagnostic[] diagnostics);
            Assert.Equal(compiled is null ? 1 : 0, diagnostics.Length);
            Assert.All(diagnostics, item => Assert.StartsWith("KILN04", item.Id));
            refused += diagnostics.Length;
        }

        Assert.InRange(refused, 50, 399);
    }

    [Fact]
    public void DamagedOldFilesDoNoHarm()
    {
        string folder = Path.Combine(Paths.Fixtures, "tokenizers", "gpt2");
        byte[] vocabulary = File.ReadAllBytes(Path.Combine(folder, "vocab.json"));
        byte[] merges = File.ReadAllBytes(Path.Combine(folder, "merges.txt"));
        var random = new Random(12);
        int refused = 0;
        for (int n = 0; n < 200; n++)
        {
            var files = new TokenizerFiles();
            files.Add("vocab.json", n % 2 == 0 ? Damage(vocabulary, random) : vocabulary);
            files.Add("merges.txt", n % 2 == 0 ? merges : Damage(merges, random));
            Compile(files, out Diagnostic[] diagnostics);
            Assert.All(diagnostics, item => Assert.Equal("KILN0401", item.Id));
            refused += diagnostics.Length;
        }

        Assert.InRange(refused, 50, 199);
    }

    private static byte[] Damage(byte[] content, Random random)
    {
        byte[] alphabet = "{}[]\":,0123456789-eE.\\utrue null"u8.ToArray();
        // most of the structure stands in the first two thousand bytes
        byte[] result = content.ToArray();
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            int at = random.Next(random.Next(2) == 0 ? Math.Min(2000, result.Length) : result.Length);
            switch (random.Next(4))
            {
                case 0:
                    result[at] = (byte)random.Next(256);
                    break;
                case 1:
                    result[at] = alphabet[random.Next(alphabet.Length)];
                    break;
                case 2:
                    result = [.. result[..at], .. result[Math.Min(result.Length, at + random.Next(1, 30))..]];
                    break;
                default:
                    result = [.. result[..at], .. result[random.Next(at)..at], .. result[at..]];
                    break;
            }

            if (result.Length < 2)
            {
                break;
            }
        }

        return result;
    }

    private static JsonNode Json() => JsonNode.Parse(File.ReadAllBytes(Path.Combine(Folder, "tokenizer.json")))!;

    private static TokenizerFiles With(string component, string content)
    {
        // as text, because a JSON library may refuse what the compiler has to see
        JsonNode json = Json();
        json[component] = "@@@";
        var files = new TokenizerFiles();
        files.Add("tokenizer.json", Encoding.UTF8.GetBytes(json.ToJsonString().Replace("\"@@@\"", content)));
        return files;
    }

    private static TokenizerFiles Files(JsonNode json)
    {
        var files = new TokenizerFiles();
        files.Add("tokenizer.json", Encoding.UTF8.GetBytes(json.ToJsonString()));
        return files;
    }

    private static TokenizerFiles Read()
    {
        var files = new TokenizerFiles();
        foreach (string name in TokenizerFiles.KnownNames.Where(name => File.Exists(Path.Combine(Folder, name))))
        {
            files.Add(name, File.ReadAllBytes(Path.Combine(Folder, name)));
        }

        return files;
    }

    private static CompiledTokenizer? Compile(TokenizerFiles files, out Diagnostic[] diagnostics)
    {
        var bag = new DiagnosticBag();
        CompiledTokenizer? compiled = TokenizerCompiler.Compile(files, bag);
        diagnostics = bag.Items.ToArray();
        return compiled;
    }
}
