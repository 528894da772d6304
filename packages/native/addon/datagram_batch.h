// A bounded buffer of records, in the layout that src/netlink/datagram-batch.ts reads. All numbers are little-endian.
#pragma once

#include "freestanding.h"

// Before each record. What follows is padded to 8 bytes: the payload, then `captureCount` times a CaptureHeader with its bytes.
struct RecordHeader {
  uint32_t recordBytes;  // with this header and all padding
  uint16_t flags;        // RECORD_...
  uint16_t captureCount;
  uint32_t payloadBytes;
  uint32_t reserved;
  uint64_t receivedAt;  // CLOCK_MONOTONIC, nanoseconds
  uint64_t capturedAt;
};

struct CaptureHeader {
  int32_t result;  // bytes that follow, or a negative errno
  uint32_t truncated;
};

static_assert(sizeof(RecordHeader) == 32, "src/netlink/datagram-batch.ts reads this layout");
static_assert(sizeof(CaptureHeader) == 8, "src/netlink/datagram-batch.ts reads this layout");

constexpr uint16_t RECORD_TRUNCATED = 1;
// The payload is one 32-bit number: how many datagrams the kernel has dropped since the socket was opened.
constexpr uint16_t RECORD_OVERRUN = 2;

constexpr size_t padded(size_t bytes) { return (bytes + 7) & ~static_cast<size_t>(7); }

// Writes into memory that is somebody else's. The caller asks for room first: nothing here grows.
class DatagramBatch {
 public:
  DatagramBatch() : memory_(nullptr), capacity_(0), length_(0), record_(0) {}
  DatagramBatch(uint8_t* memory, size_t capacity) : memory_(memory), capacity_(capacity), length_(0), record_(0) {}

  uint8_t* memory() const { return memory_; }
  size_t length() const { return length_; }
  size_t room() const { return capacity_ - length_; }
  void clear() { length_ = 0; }

  // Begins a record; it lasts until the next one begins. Needs room for header and padded payload.
  void begin(const void* payload, size_t bytes, uint16_t flags, uint64_t now);
  void addOverrun(uint32_t dropped, uint64_t now);

  // Room for a record of another layout than the above: so many bytes, a multiple of 8, which the caller fills.
  uint8_t* append(size_t bytes) {
    uint8_t* place = memory_ + length_;
    length_ += bytes;
    return place;
  }

  // Where the bytes of the next capture go: room() less a CaptureHeader.
  uint8_t* captureSpace() const { return memory_ + length_ + sizeof(CaptureHeader); }
  // Adds the capture whose bytes are at captureSpace(), or whose reading failed.
  void endCapture(int32_t result, bool truncated);
  void setCapturedAt(uint64_t now) { header()->capturedAt = now; }

 private:
  RecordHeader* header() const { return reinterpret_cast<RecordHeader*>(memory_ + record_); }

  uint8_t* memory_;
  size_t capacity_;
  size_t length_;
  size_t record_;
};
