/* The works of the bench in C on MPI: see bench/programs/task.ts for the command line and the answers. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 64, PIXELS = 700 };

/* As in bench/programs/task.ts. */
enum { WARM_ROUNDS = 131072 };
enum { MOST_WINDOWS = 100 };

static int rank, size;

/* A work's name and one of its points. */
typedef struct {
  const char *name;
  size_t bytes;
  int warmup, duration, windows; /* milliseconds and a number */
} Point;

/* The rule of `batches` in bench/programs/task.ts: batches that double until the warm-up is over, then the windows. */
static struct {
  Point point;
  double spent, began;
  double seconds[MOST_WINDOWS]; /* of a round in each */
  int rounds, counts, done; /* -1: before the window that does not count */
} schedule;

static void plan_batches(Point point) {
  schedule.point = point;
  schedule.spent = 0;
  schedule.rounds = schedule.counts = 0;
  schedule.done = -1;
}

static void take_turn(void) {
  if (rank != 0) return;
  printf("TURN %s %zu\n", schedule.point.name, schedule.point.bytes);
  fflush(stdout);
  for (int character; (character = getchar()) != '\n';)
    if (character == EOF) MPI_Abort(MPI_COMM_WORLD, 1);
}

/* Rounds of the next batch, which begins when this returns; 0 after the last window. */
static int next_batch(void) {
  double took = MPI_Wtime() - schedule.began, round = took / schedule.rounds;
  if (schedule.counts && ++schedule.done > 0) schedule.seconds[schedule.done - 1] = round;
  schedule.spent += took;
  int warm = schedule.spent >= (schedule.rounds < WARM_ROUNDS ? 1e-3 : 1e-4) * schedule.point.warmup;
  if (rank == 0) {
    if (schedule.rounds == 0) {
      take_turn();
      schedule.spent = 0;
      schedule.rounds = 1;
    } else if (schedule.done == schedule.point.windows) {
      schedule.rounds = 0;
    } else if (!schedule.counts && !warm) {
      schedule.rounds *= 2;
    } else {
      if (!schedule.counts) schedule.rounds = (int)(1e-3 * schedule.point.duration / round) + 1;
      schedule.counts = 1;
      take_turn();
    }
  }
  int next[] = {schedule.rounds, schedule.counts};
  MPI_Bcast(next, 2, MPI_INT, 0, MPI_COMM_WORLD);
  schedule.rounds = next[0];
  schedule.counts = next[1];
  MPI_Barrier(MPI_COMM_WORLD);
  schedule.began = MPI_Wtime();
  return schedule.rounds;
}

static double *array_of(size_t bytes) {
  double *array = malloc(bytes < 8 ? 8 : bytes);
  for (size_t i = 0; i < bytes / 8; i++) array[i] = (double)i;
  return array;
}

/* Each work returns how many operations a round has. */
static int ping_pong(Point point) {
  size_t bytes = point.bytes;
  double *out = array_of(bytes), *in = malloc(bytes);
  plan_batches(point);
  for (int rounds; (rounds = next_batch()) > 0;) {
    for (int round = 0; round < rounds; round++) {
      if (rank == 0) {
        MPI_Send(out, (int)(bytes / 8), MPI_DOUBLE, 1, 1, MPI_COMM_WORLD);
        MPI_Recv(in, (int)(bytes / 8), MPI_DOUBLE, 1, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      } else {
        MPI_Recv(in, (int)(bytes / 8), MPI_DOUBLE, 0, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Send(in, (int)(bytes / 8), MPI_DOUBLE, 0, 1, MPI_COMM_WORLD);
      }
    }
  }
  free(out);
  free(in);
  return 2;
}

static int window(Point point) {
  size_t bytes = point.bytes;
  double *out = array_of(bytes), *in = malloc(bytes * WINDOW);
  MPI_Request requests[WINDOW];
  plan_batches(point);
  for (int rounds; (rounds = next_batch()) > 0;) {
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < WINDOW; i++) {
        if (rank == 0)
          MPI_Isend(out, (int)(bytes / 8), MPI_DOUBLE, 1, 1, MPI_COMM_WORLD, &requests[i]);
        else
          MPI_Irecv((char *)in + bytes * i, (int)(bytes / 8), MPI_DOUBLE, 0, 1, MPI_COMM_WORLD, &requests[i]);
      }
      MPI_Waitall(WINDOW, requests, MPI_STATUSES_IGNORE);
      if (rank == 0)
        MPI_Recv(in, 1, MPI_DOUBLE, 1, 2, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      else
        MPI_Send(out, 1, MPI_DOUBLE, 0, 2, MPI_COMM_WORLD);
    }
  }
  free(out);
  free(in);
  return WINDOW;
}

static int collective(const char *work, Point point) {
  size_t bytes = point.bytes;
  int count = (int)(bytes / 8);
  double *out = array_of(bytes * size), *in = malloc(bytes * size + 8);
  plan_batches(point);
  for (int rounds; (rounds = next_batch()) > 0;) {
    for (int round = 0; round < rounds; round++) {
      if (!strcmp(work, "barrier")) MPI_Barrier(MPI_COMM_WORLD);
      if (!strcmp(work, "broadcast")) MPI_Bcast(out, count, MPI_DOUBLE, 0, MPI_COMM_WORLD);
      if (!strcmp(work, "allreduce")) MPI_Allreduce(MPI_IN_PLACE, out, count, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
      if (!strcmp(work, "reduce")) MPI_Reduce(rank ? out : MPI_IN_PLACE, rank ? NULL : out, count, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
      if (!strcmp(work, "gather")) MPI_Gather(out, count, MPI_DOUBLE, in, count, MPI_DOUBLE, 0, MPI_COMM_WORLD);
      if (!strcmp(work, "scatter")) MPI_Scatter(out, count, MPI_DOUBLE, in, count, MPI_DOUBLE, 0, MPI_COMM_WORLD);
      if (!strcmp(work, "allgather")) MPI_Allgather(out, count, MPI_DOUBLE, in, count, MPI_DOUBLE, MPI_COMM_WORLD);
      if (!strcmp(work, "alltoall")) MPI_Alltoall(out, count, MPI_DOUBLE, in, count, MPI_DOUBLE, MPI_COMM_WORLD);
    }
  }
  MPI_Allreduce(MPI_IN_PLACE, schedule.seconds, schedule.done, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
  free(out);
  free(in);
  return 1;
}

/* These two have one sample. */
static int memory(void) {
  double mine = 0, all = 0;
  char line[256];
  MPI_Barrier(MPI_COMM_WORLD);
  FILE *file = fopen("/proc/self/smaps_rollup", "r");
  while (file && fgets(line, sizeof line, file)) sscanf(line, "Pss: %lf", &mine);
  if (file) fclose(file);
  MPI_Allreduce(&mine, &all, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  schedule.done = 1;
  schedule.seconds[0] = all * 1024 / size;
  return 1;
}

static int mandelbrot(int limit) {
  double sum = 0, all = 0;
  MPI_Barrier(MPI_COMM_WORLD);
  double start = MPI_Wtime();
  for (int row = rank; row < PIXELS; row += size) {
    for (int column = 0; column < PIXELS; column++) {
      double re = -2 + row * (3.0 / PIXELS), im = -1.5 + column * (3.0 / PIXELS), x = 0, y = 0;
      int count = 0;
      while (count < limit && x * x + y * y <= 4) {
        double next = x * x - y * y + re;
        y = 2 * x * y + im;
        x = next;
        count++;
      }
      sum += count;
    }
  }
  MPI_Allreduce(&sum, &all, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  schedule.done = 1;
  schedule.seconds[0] = MPI_Wtime() - start;
  return 1;
}

static int jacobi(Point point) {
  int edge = (int)point.bytes;
  int rows = (rank + 1) * edge / size - rank * edge / size;
  int above = rank == 0 ? MPI_PROC_NULL : rank - 1, below = rank == size - 1 ? MPI_PROC_NULL : rank + 1;
  double *now = calloc((size_t)(rows + 2) * edge, sizeof(double));
  double *next = calloc((size_t)(rows + 2) * edge, sizeof(double));
  for (int i = 0; rank == 0 && i < edge; i++) now[i] = next[i] = 100;
  plan_batches(point);
  for (int rounds; (rounds = next_batch()) > 0;) {
    for (int round = 0; round < rounds; round++) {
      MPI_Sendrecv(now + edge, edge, MPI_DOUBLE, above, 1, now + (size_t)(rows + 1) * edge, edge, MPI_DOUBLE, below, 1,
                   MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      MPI_Sendrecv(now + (size_t)rows * edge, edge, MPI_DOUBLE, below, 2, now, edge, MPI_DOUBLE, above, 2, MPI_COMM_WORLD,
                   MPI_STATUS_IGNORE);
      for (int row = 1; row <= rows; row++)
        for (size_t at = (size_t)row * edge + 1; at < (size_t)(row + 1) * edge - 1; at++)
          next[at] = 0.25 * (now[at - edge] + now[at + edge] + now[at - 1] + now[at + 1]);
      double *old = now;
      now = next;
      next = old;
    }
  }
  free(now);
  free(next);
  return 1;
}

static int run(const char *work, Point point) {
  if (!strcmp(work, "pingpong")) return ping_pong(point);
  if (!strcmp(work, "window")) return window(point);
  if (!strcmp(work, "memory")) return memory();
  if (!strcmp(work, "mandelbrot")) return mandelbrot((int)point.bytes);
  if (!strcmp(work, "jacobi")) return jacobi(point);
  return collective(work, point);
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  for (int at = 1; at + 3 < argc; at += 4) {
    const char *name = argv[at], *work = argv[at + 1];
    if (!strcmp(work, "print")) {
      printf("rank %d of %d\n", rank, size);
      continue;
    }
    if (!strcmp(work, "first-barrier")) {
      MPI_Barrier(MPI_COMM_WORLD);
      if (rank == 0) printf("barrier\n");
      continue;
    }
    for (char *text = strtok(argv[at + 3], ","); text; text = strtok(NULL, ",")) {
      Point point = {.name = name};
      if (sscanf(text, "%zu:%d:%d:%d", &point.bytes, &point.warmup, &point.duration, &point.windows) != 4) return 2;
      if (point.windows > MOST_WINDOWS) return 2;
      int operations = run(work, point);
      if (rank == 0) printf("BENCH %s %zu", name, point.bytes);
      for (int i = 0; rank == 0 && i < schedule.done; i++) printf(" %.9g", schedule.seconds[i] / operations);
      if (rank == 0) printf("\n");
    }
  }
  MPI_Finalize();
  return 0;
}
