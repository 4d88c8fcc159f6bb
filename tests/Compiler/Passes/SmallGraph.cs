using Kiln.Compiler.Checkpoints;
using Kiln.Compiler.Graph;

namespace Kiln.Compiler.Tests.Passes;

/// <summary>Pieces for small graphs.</summary>
internal static class SmallGraph
{
    public static GraphValue Value(string name, int width, RowSpace space = RowSpace.Tokens) => GraphValue.New(name, space, width);

    public static GraphWeight Matrix(string path, int rows, int columns, TensorEncoding encoding = TensorEncoding.F32) =>
        new(path, WeightUse.Matrix, rows, columns, [new WeightPart(Tensor(path + ".weight", encoding, rows, columns), rows, false)]);

    public static GraphWeight Vector(string path, int length) =>
        new(path, WeightUse.Vector, 1, length, [new WeightPart(Tensor(path, TensorEncoding.F32, length), length, false)]);

    public static GraphWeight Table(string path, int rows, int columns) =>
        new(path, WeightUse.Table, rows, columns, [new WeightPart(Tensor(path + ".weight", TensorEncoding.F32, rows, columns), rows, false)]);

    public static Block Block(params Op[] ops)
    {
        var block = new Block("block");
        block.Ops.AddRange(ops);
        return block;
    }

    private static ManifestTensor Tensor(string name, TensorEncoding encoding, params long[] shape) => new(name, encoding, shape, 0, 0, 0);
}
