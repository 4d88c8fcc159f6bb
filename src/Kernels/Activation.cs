namespace Kiln.Kernels;

/// <summary>
/// Activation functions, by the names of transformers' <c>ACT2FN</c> (<c>activations.py</c>). Formulas in the comments are exact
/// definitions; float32 results are within a few units in the last place of the largest operand.
/// </summary>
public enum Activation : byte
{
    /// <summary>x (<c>linear</c>).</summary>
    None,

    /// <summary>x * sigmoid(x) (<c>silu</c>, <c>swish</c>).</summary>
    Silu,

    /// <summary>x * Phi(x) = x / 2 * (1 + erf(x / sqrt(2))) (<c>gelu</c>, <c>gelu_python</c>).</summary>
    Gelu,

    /// <summary>x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) (<c>gelu_new</c>, <c>gelu_pytorch_tanh</c>, <c>gelu_fast</c>, <c>gelu_accurate</c>).</summary>
    GeluTanh,

    /// <summary>x * sigmoid(1.702 x) (<c>quick_gelu</c>).</summary>
    QuickGelu,

    /// <summary>max(x, 0) (<c>relu</c>).</summary>
    Relu,

    /// <summary>max(x, 0)^2 (<c>relu2</c>).</summary>
    Relu2,

    /// <summary>min(max(x, 0), 6) (<c>relu6</c>).</summary>
    Relu6,

    /// <summary>tanh(x) (<c>tanh</c>).</summary>
    Tanh,

    /// <summary>1 / (1 + exp(-x)) (<c>sigmoid</c>).</summary>
    Sigmoid,

    /// <summary>x * tanh(ln(1 + exp(x))) (<c>mish</c>).</summary>
    Mish,
}
