/*
 * Preloaded into a process of ours: a disk under a session's log that fails for as long as the file named by
 * FAILING_SYNC_WHILE is there. The words in that file say what fails besides each sync (fdatasync, and a write that syncs):
 *   open       opening the log fails with EIO
 *   truncate   cutting it fails with EIO
 *   half       half of each write is taken, and the rest fails with EIO
 *   full       half of each write is taken, and the rest fails with ENOSPC; syncs are well
 *   rest       half of each write is taken, and the rest is written, but its sync fails
 *   late       a call that fails takes 20 ms
 *   slow       nothing fails, and each sync takes 40 ms
 * As on a real disk, what was written since the last good sync is gone when a sync fails, and a second call on the same
 * descriptor would say that all is well. Each sync is noted in FAILING_SYNC_LOG: the descriptor as
 * `<number>.<how many were opened before it>`, and `ok` or `EIO`. So is what fails else, as `refused`.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 64
#define NUMBERS 4096
static struct { ino_t inode; off_t good; } files[FILES];
static int count;
/* What was opened how many-th has this number, whether a sync of it has failed, and whether a write was cut short. */
static struct { long opened; int failed; int cut; } numbers[NUMBERS];
static long opened;
static const pthread_mutex_t unlocked = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

/* A child has one thread only: not the one that holds the lock. */
static void unlock_child(void) { lock = unlocked; }
__attribute__((constructor)) static void prepare(void) { pthread_atfork(NULL, NULL, unlock_child); }

static int fails(const char *what) {
  const char *control = getenv("FAILING_SYNC_WHILE");
  FILE *file = control ? fopen(control, "r") : NULL;
  if (!file) return 0;
  char words[256] = " ";
  size_t bytes = fread(words + 1, 1, sizeof words - 3, file);
  fclose(file);
  strcpy(words + 1 + bytes, " ");
  char wanted[32];
  snprintf(wanted, sizeof wanted, " %s ", what);
  if (strstr(words, " late ")) usleep(20000);
  if (strcmp(what, "sync") != 0) return strstr(words, wanted) != NULL;
  if (strstr(words, " slow ")) usleep(40000);
  return !strstr(words, " full ") && !strstr(words, " slow ");
}

static int place_of(ino_t inode) {
  for (int at = 0; at < count; at++) if (files[at].inode == inode) return at;
  if (count == FILES) return -1;
  files[count].inode = inode;
  files[count].good = -1;
  return count++;
}

static void note(int fd, const char *result) {
  const char *path = getenv("FAILING_SYNC_LOG");
  int log = path ? open(path, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
  if (log < 0) return;
  dprintf(log, "%d.%ld %s\n", fd, numbers[fd].opened, result);
  close(log);
}

/* What of a log is on the disk is in `<the log>.synced`. */
static void note_good(const char *path, off_t good) {
  char name[4200];
  snprintf(name, sizeof name, "%s.synced", path);
  int file = open(name, O_WRONLY | O_CREAT, 0600);
  char text[32];
  ssize_t bytes = snprintf(text, sizeof text, "%020lld", (long long)good);
  if (file < 0 || pwrite(file, text, bytes, 0) != bytes) return;
  close(file);
}

static int refused(int fd) {
  note(fd, "refused");
  errno = EIO;
  return -1;
}

static void lose(const char *path, off_t from, off_t to) {
  int fd = open(path, O_WRONLY);
  if (fd < 0) return;
  char zeros[4096];
  memset(zeros, 0, sizeof zeros);
  for (off_t at = from; at < to; at += sizeof zeros) {
    size_t bytes = (size_t)(to - at) < sizeof zeros ? (size_t)(to - at) : sizeof zeros;
    if (pwrite(fd, zeros, bytes, at) < 0) break;
  }
  close(fd);
}

static int is_log(const char *path) {
  size_t length = strlen(path);
  return length > 6 && strcmp(path + length - 6, ".jsonl") == 0;
}

/* Where the file of a log is noted; -1 for any other file. `path`: 4096 bytes for its name. */
static int log_of(int fd, char *path) {
  char link[64];
  struct stat found;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = fd < NUMBERS ? readlink(link, path, 4095) : -1;
  if (length < 0 || fstat(fd, &found) < 0) return -1;
  path[length] = 0;
  return is_log(path) ? place_of(found.st_ino) : -1;
}

/* What a sync of a log comes to, given how the real one ended. */
static int synced(int fd, int at, const char *path, int isDone) {
  struct stat found;
  if (fstat(fd, &found) < 0) return isDone;
  if (numbers[fd].failed || !fails("sync")) {
    if (isDone && !numbers[fd].failed) note_good(path, files[at].good = found.st_size);
    note(fd, "ok");
    return isDone;
  }
  numbers[fd].failed = 1;
  if (files[at].good >= 0) lose(path, files[at].good, found.st_size);
  note(fd, "EIO");
  errno = EIO;
  return 0;
}

static int named(int fd) {
  if (fd < 0 || fd >= NUMBERS) return fd;
  pthread_mutex_lock(&lock);
  numbers[fd].opened = ++opened;
  numbers[fd].failed = numbers[fd].cut = 0;
  pthread_mutex_unlock(&lock);
  return fd;
}

#define OPEN(name)                                                                          \
  int name(const char *path, int flags, ...) {                                              \
    static int (*real)(const char *, int, ...);                                             \
    if (!real) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name);             \
    va_list rest;                                                                           \
    va_start(rest, flags);                                                                  \
    int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0;                       \
    va_end(rest);                                                                           \
    if ((flags & O_ACCMODE) != O_RDONLY && is_log(path) && fails("open")) return refused(0); \
    return named(real(path, flags, mode));                                                  \
  }
OPEN(open)
OPEN(open64)

#define TRUNCATE(name)                                                                      \
  int name(int fd, off_t bytes) {                                                           \
    static int (*real)(int, off_t);                                                         \
    if (!real) real = (int (*)(int, off_t))dlsym(RTLD_NEXT, #name);                         \
    char path[4096];                                                                        \
    pthread_mutex_lock(&lock);                                                              \
    int isFailing = log_of(fd, path) >= 0 && fails("truncate");                             \
    pthread_mutex_unlock(&lock);                                                            \
    if (isFailing) return refused(fd);                                                     \
    return real(fd, bytes);                                                                 \
  }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

int fdatasync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  char path[4096];
  pthread_mutex_lock(&lock);
  int at = log_of(fd, path);
  int result = real(fd);
  if (at >= 0) result = synced(fd, at, path, result == 0) ? 0 : -1;
  pthread_mutex_unlock(&lock);
  return result;
}

/* How much of a write is taken; -1: nothing, and the call fails. The first that is cut short is the descriptor's last. */
static ssize_t taken_of(int fd, size_t size) {
  int isCut = numbers[fd].cut;
  numbers[fd].cut = 1;
  int isFull = fails("full");
  if (!isFull && !fails("half")) {
    if (!fails("rest")) numbers[fd].cut = 0;
    return numbers[fd].cut && !isCut ? (ssize_t)(size + 1) / 2 : (ssize_t)size;
  }
  if (!isCut) return (ssize_t)(size + 1) / 2;
  refused(fd);
  errno = isFull ? ENOSPC : EIO;
  return -1;
}

ssize_t write(int fd, const void *bytes, size_t size) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  char path[4096];
  pthread_mutex_lock(&lock);
  int at = log_of(fd, path);
  ssize_t taken = at < 0 ? (ssize_t)size : taken_of(fd, size);
  ssize_t result = taken < 0 ? -1 : real(fd, bytes, taken);
  if (at >= 0 && result >= 0 && (fcntl(fd, F_GETFL) & O_DSYNC)) {
    /* That part of a write was taken says that it is on the disk. */
    struct stat found;
    if ((size_t)result < size && fstat(fd, &found) == 0) files[at].good = found.st_size;
    else if (!synced(fd, at, path, 1)) result = -1;
  }
  pthread_mutex_unlock(&lock);
  return result;
}
