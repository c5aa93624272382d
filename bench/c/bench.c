/* The works of the bench in C on MPI: see bench/programs/task.ts for the command line and the answers. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 64, PIXELS = 700 };

static int rank, size;

static double *array_of(size_t bytes) {
  double *array = malloc(bytes < 8 ? 8 : bytes);
  for (size_t i = 0; i < bytes / 8; i++) array[i] = (double)i;
  return array;
}

static double ping_pong(size_t bytes, int warmup, int loops) {
  double *out = array_of(bytes), *in = malloc(bytes), start = 0;
  for (int round = -warmup; round < loops; round++) {
    if (round == 0) start = MPI_Wtime();
    if (rank == 0) {
      MPI_Send(out, (int)(bytes / 8), MPI_DOUBLE, 1, 1, MPI_COMM_WORLD);
      MPI_Recv(in, (int)(bytes / 8), MPI_DOUBLE, 1, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else {
      MPI_Recv(in, (int)(bytes / 8), MPI_DOUBLE, 0, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      MPI_Send(in, (int)(bytes / 8), MPI_DOUBLE, 0, 1, MPI_COMM_WORLD);
    }
  }
  double seconds = (MPI_Wtime() - start) / 2 / loops;
  free(out);
  free(in);
  return seconds;
}

static double window(size_t bytes, int warmup, int loops) {
  double *out = array_of(bytes), *in = malloc(bytes * WINDOW), start = 0;
  MPI_Request requests[WINDOW];
  for (int round = -warmup; round < loops; round++) {
    if (round == 0) start = MPI_Wtime();
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
  double seconds = (MPI_Wtime() - start) / loops / WINDOW;
  free(out);
  free(in);
  return seconds;
}

static double collective(const char *work, size_t bytes, int warmup, int loops) {
  int count = (int)(bytes / 8);
  double *out = array_of(bytes * size), *in = malloc(bytes * size + 8), start = 0;
  for (int round = -warmup; round < loops; round++) {
    if (round == 0) {
      MPI_Barrier(MPI_COMM_WORLD);
      start = MPI_Wtime();
    }
    if (!strcmp(work, "barrier")) MPI_Barrier(MPI_COMM_WORLD);
    if (!strcmp(work, "broadcast")) MPI_Bcast(out, count, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    if (!strcmp(work, "allreduce")) MPI_Allreduce(MPI_IN_PLACE, out, count, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    if (!strcmp(work, "allgather")) MPI_Allgather(out, count, MPI_DOUBLE, in, count, MPI_DOUBLE, MPI_COMM_WORLD);
    if (!strcmp(work, "alltoall")) MPI_Alltoall(out, count, MPI_DOUBLE, in, count, MPI_DOUBLE, MPI_COMM_WORLD);
  }
  double seconds = (MPI_Wtime() - start) / loops, slowest;
  MPI_Allreduce(&seconds, &slowest, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
  free(out);
  free(in);
  return slowest;
}

static double memory(void) {
  double mine = 0, all = 0;
  char line[256];
  MPI_Barrier(MPI_COMM_WORLD);
  FILE *file = fopen("/proc/self/smaps_rollup", "r");
  while (file && fgets(line, sizeof line, file)) sscanf(line, "Pss: %lf", &mine);
  if (file) fclose(file);
  MPI_Allreduce(&mine, &all, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  return all * 1024 / size;
}

static double mandelbrot(int limit) {
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
  return MPI_Wtime() - start;
}

static double jacobi(int edge, int warmup, int loops) {
  int rows = (rank + 1) * edge / size - rank * edge / size;
  int above = rank == 0 ? MPI_PROC_NULL : rank - 1, below = rank == size - 1 ? MPI_PROC_NULL : rank + 1;
  double *now = calloc((size_t)(rows + 2) * edge, sizeof(double)), start = 0;
  double *next = calloc((size_t)(rows + 2) * edge, sizeof(double));
  for (int i = 0; rank == 0 && i < edge; i++) now[i] = next[i] = 100;
  for (int round = -warmup; round < loops; round++) {
    if (round == 0) {
      MPI_Barrier(MPI_COMM_WORLD);
      start = MPI_Wtime();
    }
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
  double seconds = (MPI_Wtime() - start) / loops;
  free(now);
  free(next);
  return seconds;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  const char *work = argv[1];
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (!strcmp(work, "print")) {
    printf("rank %d of %d\n", rank, size);
  } else if (!strcmp(work, "first-barrier")) {
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0) printf("barrier\n");
  } else {
    for (char *text = strtok(argv[3], ","); text; text = strtok(NULL, ",")) {
      size_t bytes;
      int warmup, loops;
      if (sscanf(text, "%zu:%d:%d", &bytes, &warmup, &loops) != 3) return 2;
      double value = !strcmp(work, "pingpong")     ? ping_pong(bytes, warmup, loops)
                     : !strcmp(work, "window")     ? window(bytes, warmup, loops)
                     : !strcmp(work, "memory")     ? memory()
                     : !strcmp(work, "mandelbrot") ? mandelbrot((int)bytes)
                     : !strcmp(work, "jacobi")     ? jacobi((int)bytes, warmup, loops)
                                                   : collective(work, bytes, warmup, loops);
      if (rank == 0) printf("BENCH %zu %.9g\n", bytes, value);
    }
  }
  MPI_Finalize();
  return 0;
}
