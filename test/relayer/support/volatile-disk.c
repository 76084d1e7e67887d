/*
 * A disk that holds only what was synced, for one folder and one process: preload it, kill -9 the process, and what
 * lies in DISK_DURABLE is what a loss of power would have left of DISK_VOLATILE. POSIX at its strictest: a file's
 * bytes are safe once the file is synced, its name once its folder is.
 *
 *   DISK_DURABLE/data/INODE   a file's bytes at its last sync
 *   DISK_DURABLE/names/NAME   a symbolic link whose target is the INODE that the name had at the folder's last sync
 *
 * With DISK_LIES set, syncs succeed and keep nothing, as on a disk whose cache claims to be safe.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef int (*sync_call)(int);

/* Reads through the caller's descriptor where that can be read: closing another one would drop the locks that the process holds on the file. */
static int keep_bytes(int fd, ino_t inode, const char *durable) {
  char path[PATH_MAX], part[PATH_MAX + 8], buffer[1 << 16];
  snprintf(path, sizeof path, "%s/data/%llu", durable, (unsigned long long)inode);
  snprintf(part, sizeof part, "%s.part", path);
  int out = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (out < 0) return -1;
  int in = fd;
  if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY) {
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    in = open(path, O_RDONLY);
    snprintf(path, sizeof path, "%s/data/%llu", durable, (unsigned long long)inode);
  }
  ssize_t got;
  for (off_t at = 0; (got = pread(in, buffer, sizeof buffer, at)) > 0; at += got)
    if (write(out, buffer, got) != got) { got = -1; break; }
  if (in != fd) close(in);
  close(out);
  return got < 0 ? -1 : rename(part, path);
}

static int keep_names(const char *folder, const char *durable) {
  char path[2 * PATH_MAX], part[2 * PATH_MAX], target[32], names[PATH_MAX];
  snprintf(names, sizeof names, "%s/names", durable);
  struct dirent *entry;
  struct stat found;
  DIR *kept = opendir(names);
  if (!kept) return -1;
  while ((entry = readdir(kept))) {
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (entry->d_name[0] != '.' && lstat(path, &found) != 0) unlinkat(dirfd(kept), entry->d_name, 0);
  }
  closedir(kept);
  DIR *now = opendir(folder);
  if (!now) return -1;
  while ((entry = readdir(now))) {
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (entry->d_name[0] == '.' || lstat(path, &found) != 0 || !S_ISREG(found.st_mode)) continue;
    snprintf(target, sizeof target, "%llu", (unsigned long long)found.st_ino);
    snprintf(path, sizeof path, "%s/%s", names, entry->d_name);
    snprintf(part, sizeof part, "%s/.part", names);
    unlink(part);
    if (symlink(target, part) != 0 || rename(part, path) != 0) { closedir(now); return -1; }
  }
  closedir(now);
  return 0;
}

static int keep(int fd) {
  const char *watched = getenv("DISK_VOLATILE"), *durable = getenv("DISK_DURABLE");
  char link[64], path[PATH_MAX];
  struct stat found;
  if (!watched || !durable || getenv("DISK_LIES") || fstat(fd, &found) != 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  size_t prefix = strlen(watched);
  if (strncmp(path, watched, prefix) != 0 || (path[prefix] != 0 && path[prefix] != '/')) return 0;
  return S_ISDIR(found.st_mode) ? keep_names(path, durable) : keep_bytes(fd, found.st_ino, durable);
}

int fsync(int fd) {
  sync_call next = (sync_call)dlsym(RTLD_NEXT, "fsync");
  return next(fd) == 0 ? keep(fd) : -1;
}

int fdatasync(int fd) {
  sync_call next = (sync_call)dlsym(RTLD_NEXT, "fdatasync");
  return next(fd) == 0 ? keep(fd) : -1;
}
