#include "process_capture.h"

#include <string.h>

#include "process_files.h"

namespace {

bool readNumber(const uint8_t* datagram, size_t bytes, uint32_t offset, uint32_t* number) {
  if (bytes < sizeof *number || offset > bytes - sizeof *number) return false;
  memcpy(number, datagram + offset, sizeof *number);
  return true;
}

bool matches(const CaptureRule& rule, const uint8_t* datagram, size_t bytes, uint32_t* pid) {
  uint32_t value;
  return readNumber(datagram, bytes, rule.offset, &value) && value == rule.value &&
         readNumber(datagram, bytes, rule.pidOffset, pid);
}

// One byte more than is kept tells whether there is more.
size_t askedOf(const CaptureFile& file) { return static_cast<size_t>(file.limit) + 1; }

void endCapture(const CaptureFile& file, int32_t length, DatagramBatch& batch) {
  bool truncated = length > static_cast<int32_t>(file.limit);
  batch.endCapture(truncated ? static_cast<int32_t>(file.limit) : length, truncated);
}

void captureFiles(const CaptureRule& rule, int procfs, uint32_t pid, DatagramBatch& batch) {
  if (rule.fileCount == 1 && !rule.files[0].isLink) {
    const CaptureFile& only = rule.files[0];
    endCapture(only, readProcessFile(procfs, pid, only.name, batch.captureSpace(), askedOf(only)), batch);
    return;
  }
  ProcessFiles process(procfs, pid);
  for (uint32_t index = 0; index < rule.fileCount; index++) {
    const CaptureFile& file = rule.files[index];
    uint8_t* space = batch.captureSpace();
    size_t asked = askedOf(file);
    endCapture(file, file.isLink ? process.readLink(file.name, space, asked) : process.readFile(file.name, space, asked),
               batch);
  }
}

}  // namespace

size_t ProcessCapture::maxBytes() const {
  size_t largest = 0;
  for (size_t index = 0; index < count_; index++) {
    size_t bytes = 0;
    for (uint32_t file = 0; file < rules_[index].fileCount; file++) {
      bytes += sizeof(CaptureHeader) + padded(static_cast<size_t>(rules_[index].files[file].limit) + 1);
    }
    if (bytes > largest) largest = bytes;
  }
  return largest;
}

void ProcessCapture::run(const uint8_t* datagram, size_t bytes, DatagramBatch& batch) const {
  for (size_t index = 0; index < count_; index++) {
    uint32_t pid;
    if (!matches(rules_[index], datagram, bytes, &pid)) continue;
    captureFiles(rules_[index], procfs_.get(), pid, batch);
    batch.setCapturedAt(monotonicNow());
    return;
  }
}
