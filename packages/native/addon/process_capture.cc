#include "process_capture.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "captured_file.h"
#include "captured_socket.h"
#include "datagram_text.h"
#include "process_files.h"

namespace {

bool readNumber(const uint8_t* datagram, size_t bytes, uint32_t offset, uint32_t* number) {
  if (bytes < sizeof *number || offset > bytes - sizeof *number) return false;
  memcpy(number, datagram + offset, sizeof *number);
  return true;
}

bool findPid(const CaptureRule& rule, const uint8_t* datagram, size_t bytes, uint32_t* pid) {
  if (!rule.isText) return readNumber(datagram, bytes, rule.pidOffset, pid);
  uint64_t number;
  if (rule.contains[0] != '\0' && !hasText(datagram, bytes, rule.contains)) return false;
  if (!numberAfter(datagram, bytes, rule.pidAfter, 10, &number) || number == 0 || number > INT_MAX) return false;
  *pid = static_cast<uint32_t>(number);
  return true;
}

bool matches(const CaptureRule& rule, const uint8_t* datagram, size_t bytes, uint32_t* pid) {
  uint32_t value;
  return readNumber(datagram, bytes, rule.offset, &value) && value == rule.value &&
         findPid(rule, datagram, bytes, pid);
}

// The descriptor that a datagram names, or -1: of an argument in a register the kernel takes the lower half.
int findDescriptor(const CaptureRule& rule, const uint8_t* datagram, size_t bytes) {
  uint64_t number;
  if (!numberAfter(datagram, bytes, rule.socketAfter, rule.socketRadix, &number)) return -1;
  if (rule.socketRadix == 16) return static_cast<int32_t>(static_cast<uint32_t>(number));
  return number <= INT_MAX ? static_cast<int>(number) : -1;
}

// One byte more than is kept tells whether there is more.
size_t askedOf(const CaptureFile& file) { return static_cast<size_t>(file.limit) + 1; }

void endCapture(const CaptureFile& file, int32_t length, DatagramBatch& batch) {
  bool truncated = length > static_cast<int32_t>(file.limit);
  batch.endCapture(truncated ? static_cast<int32_t>(file.limit) : length, truncated);
}

void addIdentity(const CaptureFile& file, const ProcessFiles& process, DatagramBatch& batch) {
  CapturedFile identity;
  int failure = captureFile(process, file.name, &identity);
  if (failure == 0) memcpy(batch.captureSpace(), &identity, sizeof identity);
  batch.endCapture(failure == 0 ? static_cast<int32_t>(sizeof identity) : failure, false);
}

void captureFiles(const CaptureRule& rule, const ProcessFiles& process, DatagramBatch& batch) {
  for (uint32_t index = 0; index < rule.fileCount; index++) {
    const CaptureFile& file = rule.files[index];
    if (file.kind == CaptureKind::IDENTITY) {
      addIdentity(file, process, batch);
      continue;
    }
    uint8_t* space = batch.captureSpace();
    size_t asked = askedOf(file);
    bool isLink = file.kind == CaptureKind::LINK;
    endCapture(file, isLink ? process.readLink(file.name, space, asked) : process.readFile(file.name, space, asked), batch);
  }
}

void addSocket(const ProcessFiles& process, uint32_t pid, int fd, DatagramBatch& batch) {
  CapturedSocket socket;
  int failure = fd < 0 ? -EBADF : captureSocket(process, pid, fd, &socket);
  if (failure == 0) memcpy(batch.captureSpace(), &socket, sizeof socket);
  batch.endCapture(failure == 0 ? static_cast<int32_t>(sizeof socket) : failure, false);
}

// Only where the pids in procfs are those that system calls take.
bool showsOurPids(int procfs) {
  char link[16];
  char own[16];
  ssize_t length = readlinkat(procfs, "self", link, sizeof link);
  int expected = snprintf(own, sizeof own, "%d", getpid());
  return length == expected && memcmp(link, own, static_cast<size_t>(expected)) == 0;
}

}  // namespace

void ProcessCapture::setProcfs(int fd) {
  procfs_.reset(fd);
  hasOurPids_ = showsOurPids(fd);
}

size_t ProcessCapture::maxBytes() const {
  size_t largest = 0;
  for (size_t index = 0; index < count_; index++) {
    size_t bytes = rules_[index].socketRadix == 0 ? 0 : sizeof(CaptureHeader) + padded(sizeof(CapturedSocket));
    for (uint32_t file = 0; file < rules_[index].fileCount; file++) {
      bytes += sizeof(CaptureHeader) + padded(static_cast<size_t>(rules_[index].files[file].limit) + 1);
    }
    if (bytes > largest) largest = bytes;
  }
  return largest;
}

void ProcessCapture::run(const uint8_t* datagram, size_t bytes, DatagramBatch& batch) const {
  for (size_t index = 0; index < count_; index++) {
    const CaptureRule& rule = rules_[index];
    uint32_t pid;
    if (!matches(rule, datagram, bytes, &pid)) continue;
    captureProcess(rule, pid, datagram, bytes, batch);
    batch.setCapturedAt(monotonicNow());
    return;
  }
}

void ProcessCapture::captureProcess(const CaptureRule& rule, uint32_t pid, const uint8_t* datagram, size_t bytes,
                                    DatagramBatch& batch) const {
  bool hasSocket = rule.socketRadix != 0;
  if (!hasSocket && rule.fileCount == 1 && rule.files[0].kind == CaptureKind::FILE) {
    const CaptureFile& only = rule.files[0];
    int32_t length = readProcessFile(procfs_.get(), pid, only.name, batch.captureSpace(), askedOf(only));
    endCapture(only, length, batch);
    return;
  }
  ProcessFiles process(procfs_.get(), pid);
  if (hasSocket) {
    if (hasOurPids_) {
      addSocket(process, pid, findDescriptor(rule, datagram, bytes), batch);
    } else {
      batch.endCapture(-EXDEV, false);
    }
  }
  captureFiles(rule, process, batch);
}
