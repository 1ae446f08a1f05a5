// Stops the clock of a process at FASTJOSE_FIXED_TIME, in seconds: the corpus has tokens of this second. Every library sees
// the same time, those in Rust and in Node too. The monotonic clocks go on.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static time_t fixed_seconds(void) { return (time_t)atoll(getenv("FASTJOSE_FIXED_TIME")); }

int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*original)(clockid_t, struct timespec *);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
    now->tv_sec = fixed_seconds();
    now->tv_nsec = 0;
    return 0;
  }
  if (!original) original = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  return original(clock, now);
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  now->tv_sec = fixed_seconds();
  now->tv_usec = 0;
  return 0;
}

time_t time(time_t *now) {
  if (now) *now = fixed_seconds();
  return fixed_seconds();
}
