#include "process_files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

namespace {

// Decimal text of a pid: no locale, no allocation.
struct PidName {
  char text[12];
  explicit PidName(uint32_t pid) {
    char digits[11];
    int count = 0;
    do {
      digits[count++] = static_cast<char>('0' + pid % 10);
      pid /= 10;
    } while (pid > 0);
    int at = 0;
    while (count > 0) text[at++] = digits[--count];
    text[at] = '\0';
  }
};

}  // namespace

ProcessFiles::ProcessFiles(int procfs, uint32_t pid)
    : directory_(openat(procfs, PidName(pid).text, O_PATH | O_DIRECTORY | O_CLOEXEC)),
      error_(directory_.isOpen() ? 0 : errno) {}

int32_t ProcessFiles::readFile(const char* name, uint8_t* space, size_t limit) const {
  if (error_ != 0) return -error_;
  Descriptor file(openat(directory_.get(), name, O_RDONLY | O_CLOEXEC));
  if (!file.isOpen()) return -errno;
  size_t length = 0;
  while (length < limit) {
    ssize_t count = read(file.get(), space + length, limit - length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -errno;
    if (count == 0) break;
    length += static_cast<size_t>(count);
  }
  return static_cast<int32_t>(length);
}

int32_t ProcessFiles::readLink(const char* name, uint8_t* space, size_t limit) const {
  if (error_ != 0) return -error_;
  ssize_t length = readlinkat(directory_.get(), name, reinterpret_cast<char*>(space), limit);
  return length < 0 ? -errno : static_cast<int32_t>(length);
}

int openProcfs(const char* root) {
  int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}
