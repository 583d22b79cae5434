/*
 * Preloaded into the gateway (LD_PRELOAD): writes down everything that it does to the files of one directory,
 * and when each of them was synced, so that power-image.ts can work out what a power cut would leave.
 *
 *   POWER_CUT_DIR  the directory, an absolute path; only files directly in it are watched
 *   POWER_CUT_LOG  the log, outside of it
 *
 * For 64-bit Linux, where off_t is off64_t. Not watched: mapped memory (SQLite maps only -shm, which is rebuilt) and calls that SQLite does not use.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* The C library's own function. */
#define REAL(name)                                        \
  ({                                                      \
    static __typeof__(&name) real;                        \
    if (real == NULL) real = dlsym(RTLD_NEXT, #name);     \
    real;                                                 \
  })
#define FDS_MAX 65536

enum { OPENED = 1, CREATED, WRITTEN, TRUNCATED, SYNCED, RENAMED, UNLINKED };

struct header {
  uint32_t kind, handle;
  uint64_t offset;
  uint64_t size;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *dir;
static size_t dir_length;
static int log_fd = -1;
/* The handle of each open file descriptor, 0 is not watched; and its file, because libuv closes some unseen. */
static uint32_t handles[FDS_MAX];
static ino_t files[FDS_MAX];
static uint32_t last_handle;

__attribute__((constructor)) static void start(void) {
  const char *path = getenv("POWER_CUT_LOG");
  dir = getenv("POWER_CUT_DIR");
  if (dir == NULL || path == NULL) return;
  dir_length = strlen(dir);
  log_fd = REAL(open)(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void fail(const char *what) {
  dprintf(2, "power-cut: %s\n", what);
  abort();
}

/* The name within the directory, "" for the directory itself, NULL for anything else. */
static const char *name_of(const char *path) {
  if (log_fd < 0 || strncmp(path, dir, dir_length) != 0) return NULL;
  if (path[dir_length] == '\0') return "";
  if (path[dir_length] != '/') return NULL;
  const char *name = path + dir_length + 1;
  return strchr(name, '/') == NULL ? name : NULL;
}

static uint32_t handle_of(int fd) {
  if (fd < 0 || fd >= FDS_MAX || handles[fd] == 0) return 0;
  struct stat now;
  if (fstat(fd, &now) != 0 || now.st_ino != files[fd]) handles[fd] = 0;
  return handles[fd];
}

static void note(uint32_t kind, uint32_t handle, uint64_t offset, const void *bytes, size_t size) {
  struct header header = {kind, handle, offset, size};
  struct iovec parts[] = {{&header, sizeof header}, {(void *)bytes, size}};
  ssize_t written = REAL(writev)(log_fd, parts, 2);
  if (written != (ssize_t)(sizeof header + size)) fail("the log cannot be written");
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  const char *name = name_of(path);
  if (name == NULL) return REAL(open)(path, flags, mode);
  pthread_mutex_lock(&lock);
  int existed = access(path, F_OK) == 0;
  int fd = REAL(open)(path, flags, mode);
  if (fd >= FDS_MAX || (flags & O_APPEND)) fail("opened in a way that is not watched");
  if (fd >= 0) {
    struct stat opened;
    if (fstat(fd, &opened) != 0) fail("a file cannot be looked at");
    handles[fd] = ++last_handle;
    files[fd] = opened.st_ino;
    note(existed ? OPENED : CREATED, handles[fd], 0, name, strlen(name));
    if (existed && (flags & O_TRUNC)) note(TRUNCATED, handles[fd], 0, NULL, 0);
  }
  pthread_mutex_unlock(&lock);
  return fd;
}
int open64(const char *path, int flags, ...) __attribute__((alias("open")));

/* Runs a call on a watched file and, when it went well, notes it before anybody else does anything. */
#define WATCHED(fd, call, well, kind, offset, bytes, size)          \
  uint32_t handle = handle_of(fd);                                  \
  if (handle == 0) return call;                                     \
  pthread_mutex_lock(&lock);                                        \
  uint64_t at = (uint64_t)(offset);                                 \
  __typeof__(call) result = call;                                   \
  if (well) note(kind, handle, at, bytes, size);                    \
  pthread_mutex_unlock(&lock);                                      \
  return result;

ssize_t write(int fd, const void *bytes, size_t size) {
  WATCHED(fd, REAL(write)(fd, bytes, size), result > 0, WRITTEN, lseek(fd, 0, SEEK_CUR), bytes, (size_t)result)
}
ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset) {
  WATCHED(fd, REAL(pwrite)(fd, bytes, size, offset), result > 0, WRITTEN, offset, bytes, (size_t)result)
}
ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) __attribute__((alias("pwrite")));
int ftruncate(int fd, off_t length) {
  WATCHED(fd, REAL(ftruncate)(fd, length), result == 0, TRUNCATED, length, NULL, 0)
}
int ftruncate64(int fd, off64_t length) __attribute__((alias("ftruncate")));
int fsync(int fd) {
  WATCHED(fd, REAL(fsync)(fd), result == 0, SYNCED, 0, NULL, 0)
}
int fdatasync(int fd) {
  WATCHED(fd, REAL(fdatasync)(fd), result == 0, SYNCED, 0, NULL, 0)
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (handle_of(fd) != 0) fail("writev is not watched");
  return REAL(writev)(fd, parts, count);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  if (handle_of(fd) != 0) fail("pwritev is not watched");
  return REAL(pwritev)(fd, parts, count, offset);
}

int unlink(const char *path) {
  const char *name = name_of(path);
  if (name == NULL) return REAL(unlink)(path);
  pthread_mutex_lock(&lock);
  int result = REAL(unlink)(path);
  if (result == 0) note(UNLINKED, 0, 0, name, strlen(name));
  pthread_mutex_unlock(&lock);
  return result;
}

int rename(const char *from, const char *to) {
  const char *old = name_of(from), *new = name_of(to);
  if (old == NULL && new == NULL) return REAL(rename)(from, to);
  if (old == NULL || new == NULL) fail("a file leaves or enters the directory");
  char names[2 * PATH_MAX];
  int size = snprintf(names, sizeof names, "%s/%s", old, new);
  pthread_mutex_lock(&lock);
  int result = REAL(rename)(from, to);
  if (result == 0) note(RENAMED, 0, 0, names, (size_t)size);
  pthread_mutex_unlock(&lock);
  return result;
}
