#include "process_sockets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "datagram_batch.h"
#include "process_files.h"

namespace {

constexpr size_t MAX_STAT_BYTES = 2048;
constexpr size_t DIRECTORY_BYTES = 32 * 1024;

// What getdents64(2) gives.
struct DirectoryEntry {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[1];
};

// The number at the beginning of a text, up to `end`; negative where there is none.
double parseNumber(const char* text, char end) {
  double number = 0;
  const char* at = text;
  for (; *at >= '0' && *at <= '9'; at++) number = number * 10 + (*at - '0');
  return at > text && *at == end ? number : -1;
}

// The inode of a link to `socket:[123]`, or 0. A path begins with a slash, so that no file's name can pass for one.
double socketInode(char* link, ssize_t length) {
  constexpr size_t PREFIX = sizeof "socket:[" - 1;
  link[length] = '\0';
  if (strncmp(link, "socket:[", PREFIX) != 0) return 0;
  double inode = parseNumber(link + PREFIX, ']');
  return inode > 0 ? inode : 0;
}

bool addSocket(double inode, double fd, GrowingBytes& result) {
  double pair[] = {inode, fd};
  uint8_t* space = result.reserve(sizeof pair);
  if (space == nullptr) return false;
  memcpy(space, pair, sizeof pair);
  result.commit(sizeof pair);
  return true;
}

// Goes through the descriptors. The errno for which they could not be read, or 0; those that are closed meanwhile are left out.
int visitDescriptors(int directory, ProcessSocketsHeader& head, GrowingBytes& result, bool* hasMemory) {
  alignas(DirectoryEntry) char entries[DIRECTORY_BYTES];
  for (;;) {
    long bytes = syscall(SYS_getdents64, directory, entries, sizeof entries);
    if (bytes < 0) return errno;
    if (bytes == 0) return 0;
    for (long at = 0; at < bytes;) {
      auto* entry = reinterpret_cast<DirectoryEntry*>(entries + at);
      at += entry->length;
      double fd = parseNumber(entry->name, '\0');
      if (fd < 0) continue;
      char link[64];
      ssize_t length = readlinkat(directory, entry->name, link, sizeof link - 1);
      // One that may not be looked at means that none may.
      if (length < 0 && (errno == EACCES || errno == EPERM)) return errno;
      if (length < 0) continue;
      double inode = socketInode(link, length);
      if (inode == 0) {
        head.others++;
      } else if (addSocket(inode, fd, result)) {
        head.socketCount++;
      } else {
        *hasMemory = false;
        return 0;
      }
    }
  }
}

}  // namespace

uint8_t* GrowingBytes::reserve(size_t bytes) {
  if (capacity_ - length_ < bytes) {
    size_t capacity = (capacity_ + bytes) * 2;
    auto* memory = static_cast<uint8_t*>(realloc(memory_, capacity));
    if (memory == nullptr) return nullptr;
    memory_ = memory;
    capacity_ = capacity;
  }
  return memory_ + length_;
}

bool addProcessSockets(int procfs, uint32_t pid, GrowingBytes& result) {
  const size_t start = result.length();
  if (result.reserve(sizeof(ProcessSocketsHeader) + MAX_STAT_BYTES) == nullptr) return false;
  result.commit(sizeof(ProcessSocketsHeader));
  ProcessSocketsHeader head{pid, 0, 0, 0, 0, 0};
  bool hasMemory = true;
  Descriptor directory(openProcessDirectory(procfs, pid, "fd"));
  head.error = directory.isOpen() ? visitDescriptors(directory.get(), head, result, &hasMemory) : -directory.get();
  if (!hasMemory) return false;
  bool isPlain = head.error == 0 && head.socketCount + head.others > 0;
  // Why there is nothing: only the stat tells. It takes as long as ten descriptors.
  if (!isPlain) {
    head.socketCount = 0;
    result.cut(start + sizeof head);
    uint8_t* space = result.reserve(MAX_STAT_BYTES);
    if (space == nullptr) return false;
    int32_t statBytes = readProcessFile(procfs, pid, "stat", space, MAX_STAT_BYTES);
    head.statBytes = statBytes > 0 ? static_cast<uint32_t>(statBytes) : 0;
    result.commit(padded(head.statBytes));
  }
  memcpy(result.at(start), &head, sizeof head);
  return true;
}
