using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Kiln.Kernels.Threading;

/// <summary>
/// The threads that kernels run on. A kernel's range is cut into one contiguous part for each thread, the caller takes the first,
/// and <see cref="Run"/> returns when all are done: one barrier an op. Nothing is allocated once the threads run.
/// </summary>
/// <remarks>
/// Idle threads spin for a moment, since the next op of a step follows at once, and then sleep. Kernels are written not to throw;
/// should one throw on a worker all the same, the exception is handed to the caller of <see cref="Run"/>.
/// </remarks>
public sealed unsafe class WorkerPool : IDisposable
{
    /// <summary>Most threads of a pool.</summary>
    public const int MaxThreads = 256;

    // where other processes hold the processors, a worker and its caller may share one: who waits must soon let the other run
    private const int SpinsBeforeYield = 64;

    private static readonly long SpinTicks = Math.Max(1, Stopwatch.Frequency / 20_000);
    private static WorkerPool? shared;

    private readonly Worker[] workers = new Worker[MaxThreads - 1];
    private readonly Slot* slots;
    private int threads;
    private int started;
    private int owner;
    private bool disposed;
    private Exception? failure;
    private delegate*<void*, int, int, void> kernel;
    private void* arguments;
    private int count;
    private int parts;

    /// <summary>Makes a pool; its threads start with the first work that is large enough for them.</summary>
    /// <param name="threads">Threads that work on an op, the caller's included; 1 to <see cref="MaxThreads"/>.</param>
    public WorkerPool(int threads)
    {
        slots = (Slot*)NativeMemory.AlignedAlloc((nuint)(MaxThreads * sizeof(Slot)), 128);
        NativeMemory.Clear(slots, (nuint)(MaxThreads * sizeof(Slot)));
        Threads = threads;
    }

    /// <summary>
    /// The process's pool: as many threads as the environment variable <c>KILN_THREADS</c> says, else one for each processor that the
    /// process may use.
    /// </summary>
    public static WorkerPool Shared
    {
        get
        {
            return Volatile.Read(ref shared) ?? Create();

            static WorkerPool Create()
            {
                WorkerPool created = new(DefaultThreads());
                WorkerPool? other = Interlocked.CompareExchange(ref shared, created, null);
                if (other is null)
                {
                    return created;
                }

                created.Dispose();
                return other;
            }
        }
    }

    /// <summary>
    /// Threads that work on an op, the caller's included. A change holds from the next op on; threads over it sleep. Results never
    /// depend on it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in 1 to <see cref="MaxThreads"/>.</exception>
    public int Threads
    {
        get => Volatile.Read(ref threads);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MaxThreads);
            Volatile.Write(ref threads, value);
        }
    }

    /// <summary>
    /// Takes the pool for this thread, so that a whole step has it: ops of other threads run on their own thread alone until
    /// <see cref="Release"/>. Ops run without it take the pool one by one.
    /// </summary>
    /// <returns>False if another thread has it; the ops of the caller then run on its own thread.</returns>
    public bool TryTake() => Interlocked.CompareExchange(ref owner, Environment.CurrentManagedThreadId, 0) == 0;

    /// <summary>Gives the pool back after a <see cref="TryTake"/> that returned true.</summary>
    public void Release() => Volatile.Write(ref owner, 0);

    /// <summary>Runs a kernel over the range <c>[0, count)</c>, cut into at most <paramref name="maxParts"/> parts.</summary>
    /// <param name="kernel">Called with the arguments and the begin and end of a part.</param>
    /// <param name="arguments">The kernel's arguments; they live until this returns.</param>
    /// <param name="count">Length of the range; 0 calls nothing.</param>
    /// <param name="maxParts">How many threads the work is worth; 1 or less runs it on the caller's thread.</param>
    public void Run(delegate*<void*, int, int, void> kernel, void* arguments, int count, int maxParts)
    {
        int parts = Math.Min(Math.Min(maxParts, count), Threads);
        if (parts < 2)
        {
            if (count > 0)
            {
                kernel(arguments, 0, count);
            }

            return;
        }

        int self = Environment.CurrentManagedThreadId;
        int previous = Interlocked.CompareExchange(ref owner, self, 0);
        if (previous != 0 && previous != self)
        {
            kernel(arguments, 0, count);
            return;
        }

        try
        {
            RunParts(kernel, arguments, count, parts);
        }
        finally
        {
            if (previous == 0)
            {
                Release();
            }
        }
    }

    /// <summary>Ends the threads. No op may be running.</summary>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        for (int i = 0; i < started; i++)
        {
            Signal(i, Slot.Stop);
            workers[i].Thread.Join();
            workers[i].Wake.Dispose();
        }

        NativeMemory.AlignedFree(slots);
    }

    /// <summary>Begin of a part; a part ends where the next begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Begin(int count, int parts, int part) => (int)((long)count * part / parts);

    private static int DefaultThreads() =>
        int.TryParse(Environment.GetEnvironmentVariable("KILN_THREADS"), out int threads) && threads is >= 1 and <= MaxThreads
            ? threads
            : Math.Clamp(Environment.ProcessorCount, 1, MaxThreads);

    private void RunParts(delegate*<void*, int, int, void> kernel, void* arguments, int count, int parts)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        while (started < parts - 1)
        {
            Start();
        }

        this.kernel = kernel;
        this.arguments = arguments;
        this.count = count;
        this.parts = parts;
        for (int i = 0; i < parts - 1; i++)
        {
            Signal(i, Slot.Work);
        }

        try
        {
            kernel(arguments, 0, Begin(count, parts, 1));
        }
        finally
        {
            // the arguments live on the caller's stack: not even an exception may leave before the workers are done
            for (int i = 0; i < parts - 1; i++)
            {
                Await(&slots[i].State, Slot.Idle);
            }
        }

        if (failure is not null)
        {
            Exception thrown = failure;
            failure = null;
            ExceptionDispatchInfo.Throw(thrown);
        }
    }

    private void Start()
    {
        int index = started;
        Thread thread = new(() => Work(index))
        {
            IsBackground = true,
            Name = "Kiln worker",
        };
        workers[index] = new Worker(thread, new AutoResetEvent(false));
        thread.Start();
        started++;
    }

    private void Signal(int index, int state)
    {
        Slot* slot = slots + index;

        // a full fence between the new state and the look at Parked: the worker does the two in the opposite order
        Interlocked.Exchange(ref slot->State, state);
        if (Volatile.Read(ref slot->Parked) != 0 && Interlocked.Exchange(ref slot->Parked, 0) != 0)
        {
            workers[index].Wake.Set();
        }
    }

    private void Work(int index)
    {
        Slot* slot = slots + index;
        AutoResetEvent wake = workers[index].Wake;
        while (true)
        {
            if (!Spin(&slot->State, Slot.Idle))
            {
                Interlocked.Exchange(ref slot->Parked, 1);
                if (Volatile.Read(ref slot->State) == Slot.Idle || Interlocked.Exchange(ref slot->Parked, 0) == 0)
                {
                    wake.WaitOne();
                }

                continue;
            }

            if (Volatile.Read(ref slot->State) == Slot.Stop)
            {
                return;
            }

            try
            {
                kernel(arguments, Begin(count, parts, index + 1), Begin(count, parts, index + 2));
            }
#pragma warning disable CA1031 // whatever it is, the caller shall see it
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failure = exception;
            }

            Volatile.Write(ref slot->State, Slot.Idle);
        }
    }

    /// <summary>Waits a moment for a state other than <paramref name="state"/>; false if it did not come.</summary>
    private static bool Spin(int* address, int state)
    {
        long end = Stopwatch.GetTimestamp() + SpinTicks;
        do
        {
            for (int i = 0; i < SpinsBeforeYield; i++)
            {
                if (Volatile.Read(ref *address) != state)
                {
                    return true;
                }

                Thread.SpinWait(1);
            }

            Thread.Yield();
        }
        while (Stopwatch.GetTimestamp() < end);
        return false;
    }

    /// <summary>Waits until the state is <paramref name="state"/>.</summary>
    private static void Await(int* address, int state)
    {
        while (true)
        {
            for (int i = 0; i < SpinsBeforeYield; i++)
            {
                if (Volatile.Read(ref *address) == state)
                {
                    return;
                }

                Thread.SpinWait(1);
            }

            Thread.Yield();
        }
    }

    /// <summary>What a worker and the caller share, on cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Slot
    {
        public const int Idle = 0;
        public const int Work = 1;
        public const int Stop = 2;

        [FieldOffset(0)]
        public int State;

        [FieldOffset(64)]
        public int Parked;
    }

    private readonly record struct Worker(Thread Thread, AutoResetEvent Wake);
}
