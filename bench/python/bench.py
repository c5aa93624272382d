"""The works of the bench in mpi4py: see bench/programs/task.ts for the command line and the answers.

Typed arrays travel as NumPy buffers (Send, Recv, Bcast, ...), records as pickled objects (send, recv).
"""
import sys

from mpi4py import MPI

WINDOW = 64
comm = MPI.COMM_WORLD
rank, size = comm.rank, comm.size


def make_array(nbytes):
    import numpy

    return numpy.arange(nbytes // 8, dtype='d')


def record(i):
    return {
        'id': i,
        'name': f'particle {i}',
        'mass': 1.5,
        'position': [0.125, i / 8, -3.5],
        'charged': i % 2 == 1,
    }


def ping_pong_array(nbytes, warmup, loops):
    out = make_array(nbytes)
    into = make_array(nbytes)
    for turn in range(-warmup, loops):
        if turn == 0:
            start = MPI.Wtime()
        if rank == 0:
            comm.Send(out, 1)
            comm.Recv(into, 1)
        else:
            comm.Recv(into, 0)
            comm.Send(into, 0)
    return (MPI.Wtime() - start) / 2 / loops


def ping_pong_object(payload, count, warmup, loops):
    value = record(7) if payload == 'record' else [record(i) for i in range(count)]
    for turn in range(-warmup, loops):
        if turn == 0:
            start = MPI.Wtime()
        if rank == 0:
            comm.send(value, 1)
            comm.recv(source=1)
        else:
            comm.send(comm.recv(source=0), 0)
    return (MPI.Wtime() - start) / 2 / loops


def window(nbytes, warmup, loops):
    out = make_array(nbytes)
    into = [make_array(nbytes) for _ in range(WINDOW)]
    ack = make_array(8)
    for turn in range(-warmup, loops):
        if turn == 0:
            start = MPI.Wtime()
        if rank == 0:
            MPI.Request.Waitall([comm.Isend(out, 1) for _ in range(WINDOW)])
            comm.Recv(ack, 1, 2)
        else:
            MPI.Request.Waitall([comm.Irecv(into[i], 0) for i in range(WINDOW)])
            comm.Send(ack, 0, 2)
    return (MPI.Wtime() - start) / loops / WINDOW


def collective(work, nbytes, warmup, loops):
    out = make_array(nbytes * (size if work == 'alltoall' else 1))
    into = make_array(nbytes * (size if work in ('alltoall', 'allgather') else 1))
    operation = {
        'barrier': lambda: comm.Barrier(),
        'broadcast': lambda: comm.Bcast(out, 0),
        'allreduce': lambda: comm.Allreduce(MPI.IN_PLACE, out),
        'allgather': lambda: comm.Allgather(out, into),
        'alltoall': lambda: comm.Alltoall(out, into),
    }[work]
    for turn in range(-warmup, loops):
        if turn == 0:
            comm.Barrier()
            start = MPI.Wtime()
        operation()
    return comm.allreduce((MPI.Wtime() - start) / loops, MPI.MAX)


def memory():
    comm.Barrier()
    with open('/proc/self/smaps_rollup') as file:
        mine = next(int(line.split()[1]) for line in file if line.startswith('Pss:'))
    return comm.allreduce(mine) * 1024 / size


def jacobi(edge, warmup, loops):
    import numpy

    rows = (rank + 1) * edge // size - rank * edge // size
    above = MPI.PROC_NULL if rank == 0 else rank - 1
    below = MPI.PROC_NULL if rank == size - 1 else rank + 1
    now = numpy.zeros((rows + 2, edge))
    if rank == 0:
        now[0] = 100
    after = now.copy()
    for turn in range(-warmup, loops):
        if turn == 0:
            comm.Barrier()
            start = MPI.Wtime()
        comm.Sendrecv(now[1], above, 1, now[-1], below, 1)
        comm.Sendrecv(now[-2], below, 2, now[0], above, 2)
        after[1:-1, 1:-1] = 0.25 * (now[:-2, 1:-1] + now[2:, 1:-1] + now[1:-1, :-2] + now[1:-1, 2:])
        now, after = after, now
    return (MPI.Wtime() - start) / loops


def run(work, payload, nbytes, warmup, loops):
    if work == 'pingpong' and payload == 'array':
        return ping_pong_array(nbytes, warmup, loops)
    if work == 'pingpong':
        return ping_pong_object(payload, nbytes, warmup, loops)
    if work == 'window':
        return window(nbytes, warmup, loops)
    if work == 'memory':
        return memory()
    if work == 'jacobi':
        return jacobi(nbytes, warmup, loops)
    return collective(work, nbytes, warmup, loops)


work, payload, points = sys.argv[1:4]
if work == 'print':
    print(f'rank {rank} of {size}', flush=True)
elif work == 'first-barrier':
    comm.Barrier()
    if rank == 0:
        print('barrier', flush=True)
else:
    for point in points.split(','):
        nbytes, warmup, loops = map(int, point.split(':'))
        value = run(work, payload, nbytes, warmup, loops)
        if rank == 0:
            print(f'BENCH {nbytes} {value:.9g}', flush=True)
