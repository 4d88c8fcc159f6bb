using System;
using System.Threading;

namespace Kiln;

/// <summary>
/// Lets one thread at a time into an object, refuses a second one, and puts off freeing what a running step still uses.
/// </summary>
internal struct UseGate
{
    private const int InUse = 1;
    private const int Closed = 2;

    private int state;

    public readonly bool IsClosed => (Volatile.Read(in state) & Closed) != 0;

    /// <exception cref="ObjectDisposedException">Closed.</exception>
    /// <exception cref="InvalidOperationException">Another thread is in.</exception>
    public void Enter(object owner)
    {
        int before = Interlocked.CompareExchange(ref state, InUse, 0);
        if (before != 0)
        {
            ObjectDisposedException.ThrowIf((before & Closed) != 0, owner);
            throw new InvalidOperationException(
                $"Another thread is using this {owner.GetType().Name}. It is for one thread at a time; use one for each, they can share the model.");
        }
    }

    /// <returns>Whether it was closed meanwhile: the caller now frees what it holds.</returns>
    public bool Exit() => Interlocked.And(ref state, ~InUse) == (InUse | Closed);

    /// <returns>Whether nobody is in: the caller now frees what it holds.</returns>
    public bool Close() => Interlocked.Or(ref state, Closed) == 0;
}
