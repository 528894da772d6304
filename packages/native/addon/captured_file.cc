#include "captured_file.h"

#include <errno.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

constexpr int DONT_SYNC = 0x4000;  // AT_STATX_DONT_SYNC of linux/fcntl.h, which the C library's header does not go with
constexpr int64_t NANOSECONDS = 1000000000;

int64_t nanosecondsOf(const struct statx_timestamp& time) { return time.tv_sec * NANOSECONDS + time.tv_nsec; }

}  // namespace

int captureFile(const ProcessFiles& process, const char* name, CapturedFile* result) {
  if (process.error() != 0) return -process.error();
  struct statx found;
  memset(&found, 0, sizeof found);
  // statx(2) itself, Linux 4.11: old C libraries have no function for it.
  if (syscall(SYS_statx, process.directory(), name, DONT_SYNC, STATX_BASIC_STATS, &found) != 0) return -errno;
  result->deviceMajor = found.stx_dev_major;
  result->deviceMinor = found.stx_dev_minor;
  result->inode = found.stx_ino;
  result->size = found.stx_size;
  result->mtime = nanosecondsOf(found.stx_mtime);
  result->ctime = nanosecondsOf(found.stx_ctime);
  return 0;
}
