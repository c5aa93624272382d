/*
 * How far apart are two cores, and what does a copy cost whose target was last read by the other one? A process on core 0
 * copies pieces of 64 KiB round a ring of 2 MiB that a process on core 1 reads, by memcpy and by non-temporal stores in turn.
 * One line a second: a word there and back (ns), then for both ways µs to write a piece and to read it. x86-64, Linux:
 *
 *     cc -O2 -o copies copies.c && ./copies [seconds]
 */
#define _GNU_SOURCE
#include <emmintrin.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, RING = 2 * 1024 * 1024, LAPS = 4, TRIPS = 2000 };

/* Each on pages of its own: what the writer says, what the reader answers. */
struct call { volatile uint32_t number, wanted, at; };
struct answer { volatile uint32_t number; volatile double took; };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static void run_on(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  if (sched_setaffinity(0, sizeof cores, &cores) != 0) perror("sched_setaffinity"), exit(1);
}

/* As src/transport/streaming-copy does it. */
static void stream(char *target, const char *source) {
  for (size_t i = 0; i < PIECE; i += 64) {
    const __m128i *from = (const __m128i *)(source + i);
    __m128i *to = (__m128i *)(target + i);
    __m128i a = _mm_loadu_si128(from), b = _mm_loadu_si128(from + 1), c = _mm_loadu_si128(from + 2), d = _mm_loadu_si128(from + 3);
    _mm_stream_si128(to, a), _mm_stream_si128(to + 1, b), _mm_stream_si128(to + 2, c), _mm_stream_si128(to + 3, d);
  }
  _mm_sfence();
}

static void answer_calls(const char *ring, struct call *call, struct answer *answer, char *target) {
  for (uint32_t number = 1;; number++) {
    while (call->number != number);
    if (call->wanted == 2) _exit(0);
    double start = now();
    if (call->wanted == 1) memcpy(target, ring + call->at, PIECE);
    answer->took = now() - start;
    answer->number = number;
  }
}

int main(int count, char **words) {
  int seconds = count > 1 ? atoi(words[1]) : 10;
  char *ring = mmap(NULL, RING + 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  char *own = aligned_alloc(4096, PIECE);
  if (ring == MAP_FAILED || own == NULL) perror("memory"), exit(1);
  memset(ring, 0, RING + 8192);
  memset(own, 1, PIECE);
  struct call *call = (struct call *)(ring + RING);
  struct answer *answer = (struct answer *)(ring + RING + 4096);
  if (fork() == 0) run_on(1), answer_calls(ring, call, answer, own);
  run_on(0);

  uint32_t number = 0;
#define CALL(what) (call->wanted = (what), __sync_synchronize(), call->number = ++number)
#define WAIT() while (answer->number != number)
  for (int second = 0; second < seconds; second++) {
    double start = 0;
    for (int i = 0; i < 2 * TRIPS; i++) {
      if (i == TRIPS) start = now();
      CALL(0);
      WAIT();
    }
    printf("%4.0f ns", (now() - start) / TRIPS * 1e3);
    for (int streams = 0; streams < 2; streams++) {
      double wrote = 0, read = 0;
      for (int i = 0; i < 2 * LAPS * (RING / PIECE); i++) {
        uint32_t at = (uint32_t)i * PIECE % RING;
        double begin = now();
        if (streams) stream(ring + at, own); else memcpy(ring + at, own, PIECE);
        double end = now();
        call->at = at;
        CALL(1);
        WAIT();
        /* The first laps bring all lines to where they lie from then on. */
        if (i >= LAPS * (RING / PIECE)) wrote += end - begin, read += answer->took;
      }
      printf("   %s %5.1f + %4.1f us", streams ? "non-temporal" : "memcpy", wrote / LAPS / (RING / PIECE), read / LAPS / (RING / PIECE));
    }
    printf("\n");
    fflush(stdout);
    sleep(1);
  }
  CALL(2);
  wait(NULL);
  return 0;
}
