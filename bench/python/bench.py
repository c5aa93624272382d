"""The works of the bench in mpi4py: see bench/programs/task.ts for the command line and the answers.

Typed arrays travel as NumPy buffers (Send, Recv, Bcast, ...), records and what holds an array as pickled objects (send, recv).
"""
import sys

from mpi4py import MPI

WINDOW = 64
# As in bench/programs/task.ts.
WARM_ROUNDS = 131072

comm = MPI.COMM_WORLD
rank, size = comm.rank, comm.size


class Clock:
    """The rule of `batches` in bench/programs/task.ts: batches that double until the warm-up is over, then the windows."""

    def __init__(self, name, nbytes, warmup, duration, windows):
        self.name, self.nbytes, self.windows = name, nbytes, windows
        self.warmup, self.duration = warmup / 1e3, duration / 1e3
        self.seconds = []  # of a round in each window

    def take_turn(self):
        if rank == 0:
            print(f'TURN {self.name} {self.nbytes}', flush=True)
            if not sys.stdin.readline():
                raise EOFError('stdin has ended before the turn has come')

    def batches(self):
        rounds, spent, counts = 1, 0, False
        self.take_turn()
        while True:
            # What the first rank's clock says holds for all: another's would end the warm-up a batch earlier or later.
            rounds, counts = comm.bcast((rounds, counts))
            if rounds == 0:
                return
            comm.Barrier()
            start = MPI.Wtime()
            yield range(rounds)
            took = MPI.Wtime() - start
            spent += took
            if counts:
                self.seconds.append(took / rounds)
            elif spent < (self.warmup if rounds < WARM_ROUNDS else self.warmup / 10):
                rounds *= 2
                continue
            else:
                rounds, counts = int(self.duration * rounds / took) + 1, True
            if len(self.seconds) > self.windows:
                del self.seconds[0]  # the window that does not count
                rounds = 0
            else:
                self.take_turn()

    def one_way(self):
        return [seconds / 2 for seconds in self.seconds]


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


def ping_pong_array(nbytes, clock):
    out = make_array(nbytes)
    into = make_array(nbytes)
    for batch in clock.batches():
        for _ in batch:
            if rank == 0:
                comm.Send(out, 1)
                comm.Recv(into, 1)
            else:
                comm.Recv(into, 0)
                comm.Send(into, 0)
    return clock.one_way()


def make_object(payload, count):
    if payload == 'field':
        return {'step': 3, 'field': make_array(count)}
    return record(7) if payload == 'record' else [record(i) for i in range(count)]


def ping_pong_object(payload, count, clock):
    value = make_object(payload, count)
    for batch in clock.batches():
        for _ in batch:
            if rank == 0:
                comm.send(value, 1)
                comm.recv(source=1)
            else:
                comm.send(comm.recv(source=0), 0)
    return clock.one_way()


def window(nbytes, clock):
    out = make_array(nbytes)
    into = [make_array(nbytes) for _ in range(WINDOW)]
    ack = make_array(8)
    for batch in clock.batches():
        for _ in batch:
            if rank == 0:
                MPI.Request.Waitall([comm.Isend(out, 1) for _ in range(WINDOW)])
                comm.Recv(ack, 1, 2)
            else:
                MPI.Request.Waitall([comm.Irecv(into[i], 0) for i in range(WINDOW)])
                comm.Send(ack, 0, 2)
    return [seconds / WINDOW for seconds in clock.seconds]


def collective(work, nbytes, clock):
    out = make_array(nbytes * (size if work in ('alltoall', 'scatter') else 1))
    into = make_array(nbytes * (size if work in ('alltoall', 'allgather', 'gather') else 1))
    is_root = rank == 0
    operation = {
        'barrier': lambda: comm.Barrier(),
        'broadcast': lambda: comm.Bcast(out, 0),
        'allreduce': lambda: comm.Allreduce(MPI.IN_PLACE, out),
        'reduce': lambda: comm.Reduce(MPI.IN_PLACE if is_root else out, out if is_root else None),
        'gather': lambda: comm.Gather(out, into if is_root else None),
        'scatter': lambda: comm.Scatter(out if is_root else None, into),
        'allgather': lambda: comm.Allgather(out, into),
        'alltoall': lambda: comm.Alltoall(out, into),
    }[work]
    for batch in clock.batches():
        for _ in batch:
            operation()
    return [comm.allreduce(seconds, MPI.MAX) for seconds in clock.seconds]


def memory():
    comm.Barrier()
    with open('/proc/self/smaps_rollup') as file:
        mine = next(int(line.split()[1]) for line in file if line.startswith('Pss:'))
    return [comm.allreduce(mine) * 1024 / size]


def jacobi(edge, clock):
    import numpy

    rows = (rank + 1) * edge // size - rank * edge // size
    above = MPI.PROC_NULL if rank == 0 else rank - 1
    below = MPI.PROC_NULL if rank == size - 1 else rank + 1
    now = numpy.zeros((rows + 2, edge))
    if rank == 0:
        now[0] = 100
    after = now.copy()
    for batch in clock.batches():
        for _ in batch:
            comm.Sendrecv(now[1], above, 1, now[-1], below, 1)
            comm.Sendrecv(now[-2], below, 2, now[0], above, 2)
            after[1:-1, 1:-1] = 0.25 * (now[:-2, 1:-1] + now[2:, 1:-1] + now[1:-1, :-2] + now[1:-1, 2:])
            now, after = after, now
    return clock.seconds


def run(work, payload, nbytes, clock):
    if work == 'pingpong' and payload == 'array':
        return ping_pong_array(nbytes, clock)
    if work == 'pingpong':
        return ping_pong_object(payload, nbytes, clock)
    if work == 'window':
        return window(nbytes, clock)
    if work == 'memory':
        return memory()
    if work == 'jacobi':
        return jacobi(nbytes, clock)
    return collective(work, nbytes, clock)


for name, work, payload, points in zip(*[iter(sys.argv[1:])] * 4):
    if work == 'print':
        print(f'rank {rank} of {size}', flush=True)
        continue
    if work == 'first-barrier':
        comm.Barrier()
        if rank == 0:
            print('barrier', flush=True)
        continue
    for point in points.split(','):
        nbytes, warmup, duration, windows = map(int, point.split(':'))
        samples = run(work, payload, nbytes, Clock(name, nbytes, warmup, duration, windows))
        if rank == 0:
            print(f'BENCH {name} {nbytes}', *(f'{sample:.9g}' for sample in samples), flush=True)
