#include "datagram_batch.h"

#include <string.h>

void DatagramBatch::begin(const void* payload, size_t bytes, uint16_t flags, uint64_t now) {
  record_ = length_;
  length_ += sizeof(RecordHeader) + padded(bytes);
  RecordHeader* head = header();
  *head = RecordHeader{static_cast<uint32_t>(length_ - record_), flags, 0, static_cast<uint32_t>(bytes), 0, now, now};
  memcpy(head + 1, payload, bytes);
}

void DatagramBatch::addOverrun(uint32_t dropped, uint64_t now) { begin(&dropped, sizeof dropped, RECORD_OVERRUN, now); }

void DatagramBatch::endCapture(int32_t result, bool truncated) {
  CaptureHeader head{result, truncated ? 1u : 0u};
  memcpy(memory_ + length_, &head, sizeof head);
  length_ += sizeof head + padded(result > 0 ? static_cast<size_t>(result) : 0);
  header()->captureCount++;
  header()->recordBytes = static_cast<uint32_t>(length_ - record_);
}
