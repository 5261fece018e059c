/*
 * Preloaded into a process of ours: fdatasync of a session's log fails with EIO for as long as the file named by FAILING_SYNC_WHILE is there.
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

int fdatasync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  char link[64], path[4096];
  struct stat found;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0 || fstat(fd, &found) < 0) return real(fd);
  path[length] = 0;
  const char *name = length > 6 ? path + length - 6 : path;
  int at = strcmp(name, ".jsonl") == 0 ? place_of(found.st_ino) : -1;
  if (at < 0) return real(fd);
  const char *control = getenv("FAILING_SYNC_WHILE");
  if (!control || access(control, F_OK) != 0 || files[at].failed == fd) {
    int result = real(fd);
    if (result == 0 && files[at].failed != fd) files[at].good = found.st_size;
    note(fd, "ok");
    return result;
  }
  files[at].failed = fd;
  if (files[at].good >= 0) lose(path, files[at].good, found.st_size);
  note(fd, "EIO");
  errno = EIO;
  return -1;
}
