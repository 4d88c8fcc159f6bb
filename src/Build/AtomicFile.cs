using System;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;

namespace Kiln.Build;

/// <summary>Files that are there whole or not at all.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a text file, unless it already says the same: its time stamp tells the build whether something changed.</summary>
    /// <returns>Whether it was written.</returns>
    public static bool WriteIfChanged(string path, string text) => WriteIfChanged(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetBytes(text));

    /// <summary>Writes a file, unless it already holds the same.</summary>
    /// <returns>Whether it was written.</returns>
    public static bool WriteIfChanged(string path, byte[] content)
    {
        if (File.Exists(path) && new FileInfo(path).Length == content.Length && File.ReadAllBytes(path).SequenceEqual(content))
        {
            return false;
        }

        string aside = Aside(path);
        File.WriteAllBytes(aside, content);
        Replace(aside, path);
        return true;
    }

    /// <summary>A name beside the file, on the same volume, for this process alone.</summary>
    public static string Aside(string path) => path + "." + Guid.NewGuid().ToString("N").Substring(0, 8) + ".tmp";

    /// <summary>Moves what was written aside to its place.</summary>
    public static void Replace(string aside, string path)
    {
        if (File.Exists(path))
        {
            File.Replace(aside, path, null);
        }
        else
        {
            File.Move(aside, path);
        }
    }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public static string Hex(byte[] hash)
    {
        var text = new StringBuilder(2 * hash.Length);
        foreach (byte b in hash)
        {
            text.Append("0123456789abcdef"[b >> 4]).Append("0123456789abcdef"[b & 15]);
        }

        return text.ToString();
    }

    /// <summary>SHA-256 of bytes.</summary>
    public static string Hash(byte[] content)
    {
        using SHA256 sha = SHA256.Create();
        return Hex(sha.ComputeHash(content));
    }

    /// <summary>SHA-256 of a text's UTF-8.</summary>
    public static string Hash(string text) => Hash(Encoding.UTF8.GetBytes(text));
}
