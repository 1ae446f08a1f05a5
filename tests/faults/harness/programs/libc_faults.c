/* Overrides functions of the C library in a process that a test starts: its clock, and its name resolution.
 *
 * The file that FASTJOSE_TEST_FAULTS names is shared with the test as four 64-bit numbers: the seconds by which the clock is
 * wrong; 0 to resolve `keys.test` as 127.0.0.1, 1 to fail; the milliseconds that a resolution takes; and how many there were.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t none[4];
static volatile int64_t *faults = none;

__attribute__((constructor)) static void open_faults(void) {
    const char *path = getenv("FASTJOSE_TEST_FAULTS");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *mapped = mmap(NULL, sizeof none, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) faults = mapped;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += faults[0];
    return result;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec precise;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    if (!real) {
        real = (int (*)(const char *, const char *, const struct addrinfo *, struct addrinfo **))dlsym(RTLD_NEXT, "getaddrinfo");
    }
    if (!name || strcmp(name, "keys.test") != 0) return real(name, service, hints, found);
    __atomic_add_fetch(&faults[3], 1, __ATOMIC_SEQ_CST);
    for (int64_t waited = 0; waited < faults[2]; waited += 10) usleep(10 * 1000);
    if (faults[1]) return EAI_AGAIN;
    return real("127.0.0.1", service, hints, found);
}
