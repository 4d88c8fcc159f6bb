using System;
using System.Text;

namespace Kiln.Compiler.Tokenizers.Older;

/// <summary>Reads the fields of one protobuf message, as far as SentencePiece's models need it.</summary>
internal struct ProtobufReader
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string file;
    private readonly byte[] data;
    private readonly int end;
    private int position;
    private int valueStart;
    private int valueLength;
    private ulong number;
    private int wireType;

    /// <summary>Reads a whole file.</summary>
    /// <param name="file">Its name, for errors.</param>
    /// <param name="data">Its bytes.</param>
    public ProtobufReader(string file, byte[] data)
        : this(file, data, 0, data.Length)
    {
    }

    private ProtobufReader(string file, byte[] data, int start, int end)
    {
        this.file = file;
        this.data = data;
        this.end = end;
        position = start;
        valueStart = valueLength = wireType = Field = 0;
        number = 0;
    }

    /// <summary>The number of the field that <see cref="Next"/> found.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; false at the end of the message.</summary>
    public bool Next()
    {
        if (position == end)
        {
            return false;
        }

        ulong tag = Varint();
        wireType = (int)(tag & 7);
        if (tag >> 3 is 0 or > 0x1FFFFFFF)
        {
            throw Error("a field without a number");
        }

        Field = (int)(tag >> 3);
        switch (wireType)
        {
            case 0:
                number = Varint();
                return true;
            case 1:
                return Take(8);
            case 2:
                ulong length = Varint();
                return Take(length <= int.MaxValue ? (int)length : throw Error("a field is longer than the file"));
            case 5:
                return Take(4);
            default:
                throw Error("an unknown kind of field");
        }
    }

    /// <summary>The field as a message.</summary>
    public ProtobufReader Message() => Expect(2) ? new ProtobufReader(file, data, valueStart, valueStart + valueLength) : default;

    /// <summary>The field as bytes.</summary>
    public byte[] Bytes()
    {
        Expect(2);
        byte[] bytes = new byte[valueLength];
        Array.Copy(data, valueStart, bytes, 0, valueLength);
        return bytes;
    }

    /// <summary>The field as text.</summary>
    public string Text()
    {
        Expect(2);
        try
        {
            return StrictUtf8.GetString(data, valueStart, valueLength);
        }
        catch (DecoderFallbackException)
        {
            throw Error("a text is not UTF-8");
        }
    }

    /// <summary>The field as a 32-bit number.</summary>
    public int Int32()
    {
        Expect(0);
        return unchecked((int)number);
    }

    /// <summary>The field as a truth value.</summary>
    public bool Boolean()
    {
        Expect(0);
        return number != 0;
    }

    /// <summary>The field as a float.</summary>
    public float Single()
    {
        Expect(5);
        uint bits = data[valueStart] | ((uint)data[valueStart + 1] << 8) | ((uint)data[valueStart + 2] << 16) | ((uint)data[valueStart + 3] << 24);
        return BitConverter.ToSingle(BitConverter.GetBytes(bits), 0);
    }

    private bool Expect(int type) => wireType == type ? true : throw Error("a field of the wrong kind");

    private bool Take(int length)
    {
        if (length > end - position)
        {
            throw Error("a field is longer than the file");
        }

        valueStart = position;
        valueLength = length;
        position += length;
        return true;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (position == end)
            {
                break;
            }

            byte next = data[position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Error("a number is cut off or too long");
    }

    private readonly Exception Error(string message) => TokenizerErrors.Invalid(
        file, "byte " + position.ToString(System.Globalization.CultureInfo.InvariantCulture) + ": " + message);
}
