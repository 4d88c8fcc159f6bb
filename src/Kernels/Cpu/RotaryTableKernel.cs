using System;
using Kiln.Kernels.Cpu.Simd;

namespace Kiln.Kernels.Cpu;

/// <summary>Cosines and sines of the rows' positions: <c>[cos(p * f_i) * a ..., sin(p * f_i) * a ...]</c>.</summary>
internal unsafe struct RotaryTableKernel : IKernel
{
    public float* Table;
    public long Stride;
    public float* InverseFrequencies;
    public int* Positions;
    public int* SequenceOfRow;
    public Sequence* Sequences;
    public int Pairs;
    public float AttentionFactor;
    public float DynamicFactor;
    public int DynamicMaxPositions;
    public double Base;

    /// <inheritdoc/>
    public static void Run<V>(void* arguments, int begin, int end)
        where V : unmanaged, ILanes<V>
    {
        RotaryTableKernel* a = (RotaryTableKernel*)arguments;
        float* scaled = stackalloc float[a->DynamicFactor != 0 ? a->Pairs : 1];
        int scaledFor = 0;
        for (long row = begin; row < end; row++)
        {
            float* frequencies = a->InverseFrequencies;
            int length = a->Sequences[a->SequenceOfRow[row]].RotaryLength;
            if (a->DynamicFactor != 0 && length > a->DynamicMaxPositions)
            {
                if (length != scaledFor)
                {
                    DynamicFrequencies(a->Base, a->DynamicFactor, length, a->DynamicMaxPositions, a->Pairs, scaled);
                    scaledFor = length;
                }

                frequencies = scaled;
            }

            float* table = a->Table + (row * a->Stride);
            double position = a->Positions[row];
            for (int i = 0; i < a->Pairs; i++)
            {
                (double sin, double cos) = Math.SinCos(position * frequencies[i]);
                table[i] = (float)(cos * a->AttentionFactor);
                table[a->Pairs + i] = (float)(sin * a->AttentionFactor);
            }
        }
    }

    /// <summary>
    /// Frequencies under dynamic NTK scaling, rounded where <c>_compute_dynamic_ntk_parameters</c> of <c>modeling_rope_utils.py</c>
    /// rounds: the base is a double until torch raises it, as float32, to float32 powers.
    /// </summary>
    internal static void DynamicFrequencies(double rotaryBase, float factor, int length, int maxPositions, int pairs, float* frequencies)
    {
        double dimension = 2.0 * pairs;
        float scaledBase = (float)(rotaryBase * Math.Pow(((double)factor * length / maxPositions) - (factor - 1.0), dimension / (dimension - 2.0)));
        for (int i = 0; i < pairs; i++)
        {
            frequencies[i] = 1f / (float)Math.Pow(scaledBase, (float)(2 * i) / (float)dimension);
        }
    }
}
