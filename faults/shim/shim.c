/*
 * What a test can do to a server through the C library: step or bend its clock, and break its disk. Loaded with LD_PRELOAD; a
 * control file of four 64-bit numbers, named by DQ_FAULTS_CONTROL and mapped, says at any moment what to do:
 *
 *   [0] nanoseconds to add to the wall clock
 *   [1] parts per million by which the wall clock runs fast (negative: slow)
 *   [2] the monotonic nanosecond from which [1] counts
 *   [3] bits: 1 the disk is full, 2 writes fail with EIO, 4 fsync fails with EIO
 *
 * Only files of a data folder are concerned: regular files that are opened for writing. The monotonic clock is left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { FULL = 1, WRITE_FAILS = 2, SYNC_FAILS = 4 };

static const int64_t nothing[4];
static volatile const int64_t *control;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static volatile const int64_t *orders(void) {
  if (control) return control;
  const char *path = getenv("DQ_FAULTS_CONTROL");
  int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
  int fd = path ? real_open(path, O_RDONLY | O_CLOEXEC) : -1;
  void *map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof nothing, PROT_READ, MAP_SHARED, fd, 0);
  if (fd >= 0) {
    int (*real_close)(int) = dlsym(RTLD_NEXT, "close");
    real_close(fd);
  }
  control = map == MAP_FAILED ? nothing : map;
  return control;
}

/* ---- clock ---- */

static int64_t shift(void) {
  volatile const int64_t *now = orders();
  int64_t add = now[0];
  if (now[1]) {
    static int (*real)(clockid_t, struct timespec *);
    struct timespec mono;
    if (!real) real = REAL(clock_gettime);
    real(CLOCK_MONOTONIC, &mono);
    int64_t passed = (int64_t)mono.tv_sec * 1000000000 + mono.tv_nsec - now[2];
    add += passed / 1000000 * now[1];
  }
  return add;
}

int clock_gettime(clockid_t id, struct timespec *ts) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = REAL(clock_gettime);
  int result = real(id, ts);
  if (result != 0 || (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE)) return result;
  int64_t ns = (int64_t)ts->tv_sec * 1000000000 + ts->tv_nsec + shift();
  ts->tv_sec = ns / 1000000000;
  ts->tv_nsec = ns % 1000000000;
  return 0;
}

int gettimeofday(struct timeval *restrict tv, void *restrict tz) {
  struct timespec ts;
  (void)tz;
  if (clock_gettime(CLOCK_REALTIME, &ts) != 0) return -1;
  tv->tv_sec = ts.tv_sec;
  tv->tv_usec = ts.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *out) {
  struct timespec ts;
  clock_gettime(CLOCK_REALTIME, &ts);
  if (out) *out = ts.tv_sec;
  return ts.tv_sec;
}

/* ---- disk ---- */

/* Whether a write that ends at `end` is refused; sets errno. */
static int refused(int fd, off_t end) {
  int64_t bits = orders()[3];
  struct stat st;
  if (!(bits & (FULL | WRITE_FAILS)) || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) return 0;
  if (bits & WRITE_FAILS) {
    errno = EIO;
    return 1;
  }
  /* What a file has been given already it may fill. */
  if (end <= st.st_size) return 0;
  errno = ENOSPC;
  return 1;
}

/* The server's own log is a regular file too, on the first descriptors; it is no part of the disk that breaks. */
static int is_data(int fd) { return fd > 2; }

ssize_t write(int fd, const void *buffer, size_t count) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = REAL(write);
  if (is_data(fd) && refused(fd, lseek(fd, 0, SEEK_CUR) + (off_t)count)) return -1;
  return real(fd, buffer, count);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  static ssize_t (*real)(int, const struct iovec *, int);
  if (!real) real = REAL(writev);
  off_t end = 0;
  for (int at = 0; at < count; at++) end += (off_t)parts[at].iov_len;
  if (is_data(fd) && refused(fd, lseek(fd, 0, SEEK_CUR) + end)) return -1;
  return real(fd, parts, count);
}

ssize_t pwrite64(int fd, const void *buffer, size_t count, off64_t at) {
  static ssize_t (*real)(int, const void *, size_t, off64_t);
  if (!real) real = REAL(pwrite64);
  if (is_data(fd) && refused(fd, (off_t)(at + (off64_t)count))) return -1;
  return real(fd, buffer, count, at);
}

ssize_t pwrite(int fd, const void *buffer, size_t count, off_t at) { return pwrite64(fd, buffer, count, at); }

int fsync(int fd) {
  static int (*real)(int);
  if (!real) real = REAL(fsync);
  if (orders()[3] & SYNC_FAILS) {
    errno = EIO;
    return -1;
  }
  return real(fd);
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (!real) real = REAL(fdatasync);
  if (orders()[3] & SYNC_FAILS) {
    errno = EIO;
    return -1;
  }
  return real(fd);
}
