// The sockets that one process holds, read from /proc/<pid>/fd.
#pragma once

#include "freestanding.h"

// Bytes that grow. Every call may fail for want of memory, and then leaves it as it was.
class GrowingBytes {
 public:
  ~GrowingBytes() { free(memory_); }
  const uint8_t* memory() const { return memory_; }
  size_t length() const { return length_; }
  // Room for so many more bytes at the end, or null.
  uint8_t* reserve(size_t bytes);
  void commit(size_t bytes) { length_ += bytes; }
  void cut(size_t length) { length_ = length; }
  void* at(size_t offset) { return memory_ + offset; }

 private:
  uint8_t* memory_ = nullptr;
  size_t length_ = 0;
  size_t capacity_ = 0;
};

// Before each process: the layout that src/procfs/scan-sockets.ts reads. Two doubles for each socket follow, inode and descriptor; or, where
// there is no descriptor, or not all could be read, the bytes of /proc/<pid>/stat, padded to 8.
struct ProcessSocketsHeader {
  uint32_t pid;
  int32_t error;  // errno, 0 where all descriptors could be read
  uint32_t others;
  uint32_t socketCount;
  uint32_t statBytes;
  uint32_t reserved;
};

static_assert(sizeof(ProcessSocketsHeader) == 24, "src/procfs/scan-sockets.ts reads this layout");

// Adds one process. False where there is no memory.
bool addProcessSockets(int procfs, uint32_t pid, GrowingBytes& result);
