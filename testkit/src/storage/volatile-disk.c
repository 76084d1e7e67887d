/*
 * A disk whose writes can be lost, for one folder and the processes that preload this: DISK_JOURNAL gets, in order, all
 * that they do to files under DISK_VOLATILE and when they sync. Power loss is then what somebody makes of a prefix of the
 * journal (volatile-disk.ts). Nothing is really synced.
 *
 * A record: kind (1 byte), 7 bytes 0, then five unsigned 64-bit words, little-endian: inode, offset, length, length of
 * the name, length of the data; then name and data. Kinds: C create, L link, M make a folder, U unlink, R rename (data:
 * the new name), W write, T truncate to `offset`, Z allocate, S sync a file, D sync a folder. Names are relative to the folder.
 *
 * A write is journaled once it is done and a sync before it begins: so a sync covers what was written before it, in
 * whatever process. A record is one append, which Linux does not interleave with others.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct record { char kind[8]; uint64_t inode, offset, length, name_length, data_length; };

static void append(char kind, uint64_t inode, uint64_t offset, uint64_t length, const char *name,
                   const struct iovec *data, int count, size_t data_length) {
  static int journal = -1;
  int saved = errno;
  if (journal < 0) journal = syscall(SYS_openat, AT_FDCWD, getenv("DISK_JOURNAL"), O_WRONLY | O_APPEND | O_CLOEXEC);
  struct record head = {{kind}, inode, offset, length, name ? strlen(name) : 0, data_length};
  struct iovec parts[2 + IOV_MAX / 2];
  size_t left = data_length, total = sizeof head + head.name_length + data_length;
  int used = 0;
  parts[used++] = (struct iovec){&head, sizeof head};
  if (name) parts[used++] = (struct iovec){(void *)name, head.name_length};
  for (int i = 0; i < count && left > 0; i++) {
    size_t take = data[i].iov_len < left ? data[i].iov_len : left;
    parts[used++] = (struct iovec){data[i].iov_base, take};
    left -= take;
  }
  if (syscall(SYS_writev, journal, parts, used) != (ssize_t)total) abort();
  errno = saved;
}

/* The path below the watched folder, "" for the folder itself; NULL if it lies elsewhere. */
static const char *watched(const char *path) {
  const char *folder = getenv("DISK_VOLATILE");
  size_t prefix = folder ? strlen(folder) : 0;
  if (!folder || strncmp(path, folder, prefix) != 0) return NULL;
  if (path[prefix] == 0) return "";
  return path[prefix] == '/' ? path + prefix + 1 : NULL;
}

static const char *watched_name(const char *path, char absolute[PATH_MAX]) {
  if (path[0] == '/') return watched(path);
  if (!getcwd(absolute, PATH_MAX / 2)) return NULL;
  strcat(absolute, "/");
  strncat(absolute, path[0] == '.' && path[1] == '/' ? path + 2 : path, PATH_MAX / 2 - 2);
  return watched(absolute);
}

/* The same for an open file; `found` is what it is. */
static const char *watched_file(int fd, struct stat *found, char path[PATH_MAX]) {
  char link[64];
  int saved = errno;
  if (fstat(fd, found) != 0 || !(S_ISREG(found->st_mode) || S_ISDIR(found->st_mode))) { errno = saved; return NULL; }
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  errno = saved;
  if (length < 0) return NULL;
  path[length] = 0;
  return watched(path);
}

static void wrote(int fd, off_t offset, const struct iovec *data, int count, ssize_t done) {
  char path[PATH_MAX];
  struct stat found;
  if (done <= 0 || !watched_file(fd, &found, path)) return;
  if (offset < 0) offset = lseek(fd, 0, SEEK_CUR) - done;
  append('W', found.st_ino, offset, done, NULL, data, count, done);
}

static void changed(char kind, int fd, uint64_t offset, uint64_t length) {
  char path[PATH_MAX];
  struct stat found;
  if (watched_file(fd, &found, path)) append(kind, found.st_ino, offset, length, NULL, NULL, 0, 0);
}

static int opened(int folder, const char *path, int flags, mode_t mode) {
  int is_new = (flags & O_CREAT) && syscall(SYS_faccessat, folder, path, F_OK) != 0;
  int fd = syscall(SYS_openat, folder, path, flags, mode);
  char real[PATH_MAX];
  struct stat found;
  if (fd < 0 || !(flags & (O_CREAT | O_TRUNC))) return fd;
  const char *name = watched_file(fd, &found, real);
  if (name && is_new) append('C', found.st_ino, 0, 0, name, NULL, 0, 0);
  else if (name && (flags & O_TRUNC)) append('T', found.st_ino, 0, 0, NULL, NULL, 0, 0);
  return fd;
}

#define WITH_MODE(flags, mode) \
  mode_t mode = 0; \
  if ((flags) & O_CREAT) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *path, int flags, ...) { WITH_MODE(flags, mode) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { WITH_MODE(flags, mode) return opened(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { WITH_MODE(flags, mode) return opened(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { WITH_MODE(flags, mode) return opened(folder, path, flags, mode); }

ssize_t pwritev(int fd, const struct iovec *data, int count, off_t offset) {
  ssize_t done = syscall(SYS_pwritev, fd, data, count, offset, 0);
  wrote(fd, offset, data, count, done);
  return done;
}
ssize_t pwritev64(int fd, const struct iovec *data, int count, off_t offset) { return pwritev(fd, data, count, offset); }

ssize_t writev(int fd, const struct iovec *data, int count) {
  ssize_t done = syscall(SYS_writev, fd, data, count);
  wrote(fd, -1, data, count, done);
  return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  ssize_t done = syscall(SYS_pwrite64, fd, bytes, length, offset);
  wrote(fd, offset, &(struct iovec){(void *)bytes, length}, 1, done);
  return done;
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) { return pwrite(fd, bytes, length, offset); }

ssize_t write(int fd, const void *bytes, size_t length) {
  ssize_t done = syscall(SYS_write, fd, bytes, length);
  wrote(fd, -1, &(struct iovec){(void *)bytes, length}, 1, done);
  return done;
}

int ftruncate(int fd, off_t length) {
  int failed = syscall(SYS_ftruncate, fd, length);
  if (!failed) changed('T', fd, length, 0);
  return failed;
}
int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }

int fallocate(int fd, int mode, off_t offset, off_t length) {
  int failed = syscall(SYS_fallocate, fd, mode, offset, length);
  if (!failed && mode == 0) changed('Z', fd, offset, length);
  return failed;
}
int fallocate64(int fd, int mode, off_t offset, off_t length) { return fallocate(fd, mode, offset, length); }
int posix_fallocate(int fd, off_t offset, off_t length) { return fallocate(fd, 0, offset, length) == 0 ? 0 : errno; }
int posix_fallocate64(int fd, off_t offset, off_t length) { return posix_fallocate(fd, offset, length); }

int unlink(const char *path) {
  char absolute[PATH_MAX];
  int failed = syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  const char *name = failed ? NULL : watched_name(path, absolute);
  if (name) append('U', 0, 0, 0, name, NULL, 0, 0);
  return failed;
}

int rename(const char *from, const char *to) {
  char one[PATH_MAX], other[PATH_MAX];
  int failed = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  const char *old_name = failed ? NULL : watched_name(from, one), *new_name = failed ? NULL : watched_name(to, other);
  if (old_name && new_name)
    append('R', 0, 0, 0, old_name, &(struct iovec){(void *)new_name, strlen(new_name)}, 1, strlen(new_name));
  return failed;
}

int link(const char *from, const char *to) {
  char absolute[PATH_MAX];
  struct stat found;
  int failed = syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
  const char *name = failed || stat(to, &found) != 0 ? NULL : watched_name(to, absolute);
  if (name) append('L', found.st_ino, 0, 0, name, NULL, 0, 0);
  return failed;
}

int mkdir(const char *path, mode_t mode) {
  char absolute[PATH_MAX];
  int failed = syscall(SYS_mkdirat, AT_FDCWD, path, mode);
  const char *name = failed ? NULL : watched_name(path, absolute);
  if (name) append('M', 0, 0, 0, name, NULL, 0, 0);
  return failed;
}

int fsync(int fd) {
  char path[PATH_MAX];
  struct stat found;
  const char *name = watched_file(fd, &found, path);
  if (!name) return syscall(SYS_fsync, fd);
  append(S_ISDIR(found.st_mode) ? 'D' : 'S', found.st_ino, 0, 0, name, NULL, 0, 0);
  return 0;
}
int fdatasync(int fd) { return fsync(fd); }
