// Which file an entry of a process's directory leads to, and which contents of it.
#pragma once

#include "freestanding.h"
#include "process_files.h"

// The layout that src/netlink/captured-file.ts reads.
struct CapturedFile {
  uint32_t deviceMajor;
  uint32_t deviceMinor;
  uint64_t inode;
  uint64_t size;
  int64_t mtime;  // nanoseconds since the epoch
  int64_t ctime;
};

static_assert(sizeof(CapturedFile) == 40, "src/netlink/captured-file.ts reads this layout");

// Describes the file that `name` of the process leads to. 0, or a negative errno. Asks nobody but the kernel: not the daemon of a file system of FUSE,
// nor another machine.
int captureFile(const ProcessFiles& process, const char* name, CapturedFile* result);
