#include "process_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

namespace {

// A path below the root of procfs.
struct ProcessPath {
  char text[64];
  ProcessPath(uint32_t pid, const char* name) { snprintf(text, sizeof text, "%u/%s", pid, name); }
};

int32_t readOnce(int directory, const char* name, uint8_t* space, size_t limit) {
  Descriptor file(openat(directory, name, O_RDONLY | O_CLOEXEC));
  if (!file.isOpen()) return -errno;
  ssize_t length;
  do {
    length = read(file.get(), space, limit);
  } while (length < 0 && errno == EINTR);
  return length < 0 ? -errno : static_cast<int32_t>(length);
}

}  // namespace

ProcessFiles::ProcessFiles(int procfs, uint32_t pid)
    : directory_(openat(procfs, ProcessPath(pid, "").text, O_PATH | O_DIRECTORY | O_CLOEXEC)),
      error_(directory_.isOpen() ? 0 : errno) {}

int32_t ProcessFiles::readFile(const char* name, uint8_t* space, size_t limit) const {
  return error_ != 0 ? -error_ : readOnce(directory_.get(), name, space, limit);
}

int32_t ProcessFiles::readLink(const char* name, uint8_t* space, size_t limit) const {
  if (error_ != 0) return -error_;
  ssize_t length = readlinkat(directory_.get(), name, reinterpret_cast<char*>(space), limit);
  return length < 0 ? -errno : static_cast<int32_t>(length);
}

int32_t readProcessFile(int procfs, uint32_t pid, const char* name, uint8_t* space, size_t limit) {
  return readOnce(procfs, ProcessPath(pid, name).text, space, limit);
}

int openProcessDirectory(int procfs, uint32_t pid, const char* name) {
  int fd = openat(procfs, ProcessPath(pid, name).text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

int openProcfs(const char* root) {
  int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}
