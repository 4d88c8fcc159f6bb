using System;
using System.Threading;
using Kiln.Kernels.Threading;
using Xunit;

namespace Kiln.Kernels.Tests;

public sealed unsafe class WorkerPoolTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 10)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(3, 10)]
    [InlineData(7, 1000)]
    public void EveryUnitRunsOnce(int threads, int count)
    {
        using WorkerPool pool = new(threads);
        int[] hits = new int[count];
        fixed (int* pointer = hits)
        {
            for (int round = 1; round <= 200; round++)
            {
                pool.Run(&Increment, pointer, count, threads);
            }
        }

        Assert.All(hits, hit => Assert.Equal(200, hit));
    }

    [Fact]
    public void NothingToDoCallsNothing()
    {
        using WorkerPool pool = new(2);
        pool.Run(&Fail, null, 0, 2);
    }

    [Fact]
    public void SleepingWorkersWake()
    {
        using WorkerPool pool = new(3);
        int[] hits = new int[9];
        fixed (int* pointer = hits)
        {
            for (int round = 0; round < 20; round++)
            {
                pool.Run(&Increment, pointer, 9, 3);

                // long enough for the workers to stop spinning
                Thread.Sleep(2);
            }
        }

        Assert.All(hits, hit => Assert.Equal(20, hit));
    }

    [Fact]
    public void SmallWorkStaysOnTheCaller()
    {
        using WorkerPool pool = new(3);
        int thread = 0;
        pool.Run(&StoreThread, &thread, 100, 1);
        Assert.Equal(Environment.CurrentManagedThreadId, thread);
    }

    [Fact]
    public void ASecondCallerRunsOnItsOwnThread()
    {
        using WorkerPool pool = new(2);
        Assert.True(pool.TryTake());
        bool taken = true;
        int ran = 0;
        int other = 0;
        Thread second = new(() =>
        {
            taken = pool.TryTake();
            int thread = 0;
            pool.Run(&StoreThread, &thread, 1000, 2);
            ran = thread;
            other = Environment.CurrentManagedThreadId;
        });
        second.Start();
        second.Join();
        pool.Release();
        Assert.False(taken);
        Assert.Equal(other, ran);
        Assert.True(pool.TryTake());
        pool.Release();
    }

    [Fact]
    public void CallersOnSeveralThreadsDoNotDisturbEachOther()
    {
        using WorkerPool pool = new(3);
        Thread[] callers = new Thread[4];
        bool[] right = new bool[callers.Length];
        for (int i = 0; i < callers.Length; i++)
        {
            int caller = i;
            callers[i] = new Thread(() =>
            {
                int[] hits = new int[50];
                fixed (int* pointer = hits)
                {
                    for (int round = 0; round < 500; round++)
                    {
                        pool.Run(&Increment, pointer, 50, 3);
                    }
                }

                right[caller] = Array.TrueForAll(hits, hit => hit == 500);
            });
            callers[i].Start();
        }

        foreach (Thread caller in callers)
        {
            caller.Join();
        }

        Assert.All(right, Assert.True);
    }

    [Fact]
    public void AnExceptionOfAWorkerReachesTheCallerAndThePoolGoesOn()
    {
        using WorkerPool pool = new(2);
        Assert.Throws<InvalidTimeZoneException>(() => pool.Run(&Fail, null, 2, 2));
        int[] hits = new int[2];
        fixed (int* pointer = hits)
        {
            pool.Run(&Increment, pointer, 2, 2);
        }

        Assert.Equal([1, 1], hits);
    }

    [Fact]
    public void ThreadsCanBeChanged()
    {
        using WorkerPool pool = new(1);
        pool.Threads = 4;
        int[] hits = new int[4];
        fixed (int* pointer = hits)
        {
            pool.Run(&Increment, pointer, 4, 4);
            pool.Threads = 2;
            pool.Run(&Increment, pointer, 4, 4);
        }

        Assert.Equal([2, 2, 2, 2], hits);
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Threads = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerPool(WorkerPool.MaxThreads + 1));
    }

    private static void Increment(void* arguments, int begin, int end)
    {
        for (int i = begin; i < end; i++)
        {
            ((int*)arguments)[i]++;
        }
    }

    private static void StoreThread(void* arguments, int begin, int end) => *(int*)arguments = Environment.CurrentManagedThreadId;

    private static void Fail(void* arguments, int begin, int end)
    {
        // only on the worker
        if (begin > 0 || end == 0)
        {
            throw new InvalidTimeZoneException();
        }
    }
}
