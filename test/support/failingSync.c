/*
 * Preloaded into a process of ours: fdatasync of a session's log, and a write to it that syncs (O_DSYNC), fail with EIO for as long as the file
 * named by FAILING_SYNC_WHILE is there.
 * As on a real disk, what was written since the last good sync is gone then, and a second call on the same descriptor would say that all is
 * well. Each call is noted in FAILING_SYNC_LOG: the descriptor, and `ok` or `EIO`.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 64
static struct { ino_t inode; off_t good; int failed; } files[FILES];
static int count;

static int place_of(ino_t inode) {
  for (int at = 0; at < count; at++) if (files[at].inode == inode) return at;
  if (count == FILES) return -1;
  files[count].inode = inode;
  files[count].good = -1;
  files[count].failed = -1;
  return count++;
}

static void note(int fd, const char *result) {
  const char *path = getenv("FAILING_SYNC_LOG");
  int log = path ? open(path, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;
  if (log < 0) return;
  dprintf(log, "%d %s\n", fd, result);
  close(log);
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

/* Where the file of a log is noted; -1 for any other file. `path`: 4096 bytes for its name. */
static int log_of(int fd, char *path) {
  char link[64];
  struct stat found;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, 4095);
  if (length < 0 || fstat(fd, &found) < 0) return -1;
  path[length] = 0;
  return length > 6 && strcmp(path + length - 6, ".jsonl") == 0 ? place_of(found.st_ino) : -1;
}

/* What a sync of a log comes to, given how the real one ended. */
static int synced(int fd, int at, const char *path, int isDone) {
  const char *control = getenv("FAILING_SYNC_WHILE");
  struct stat found;
  if (fstat(fd, &found) < 0) return isDone;
  if (!control || access(control, F_OK) != 0 || files[at].failed == fd) {
    if (isDone && files[at].failed != fd) files[at].good = found.st_size;
    note(fd, "ok");
    return isDone;
  }
  files[at].failed = fd;
  if (files[at].good >= 0) lose(path, files[at].good, found.st_size);
  note(fd, "EIO");
  errno = EIO;
  return 0;
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  char path[4096];
  int at = log_of(fd, path);
  int result = real(fd);
  if (at < 0) return result;
  return synced(fd, at, path, result == 0) ? 0 : -1;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real) real = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  int flags = fcntl(fd, F_GETFL);
  char path[4096];
  int at = flags >= 0 && (flags & O_DSYNC) ? log_of(fd, path) : -1;
  ssize_t result = real(fd, bytes, count);
  if (at < 0 || result < 0) return result;
  return synced(fd, at, path, 1) ? result : -1;
}
