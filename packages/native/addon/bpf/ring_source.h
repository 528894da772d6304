// A ring buffer map (BPF_MAP_TYPE_RINGBUF) as a source of batches. The layout is the kernel's: kernel/bpf/ringbuf.c.
#pragma once

#include "batch_source.h"

struct RingCounts {
  uint64_t records;
  uint64_t bytes;
};

class RingSource : public BatchSource {
 public:
  // What comes before each record in a batch: its length, and 4 bytes that are 0. The record is padded to 8 bytes.
  static constexpr size_t HEADER_BYTES = 8;

  // Takes over the descriptor.
  RingSource(int fd, uint32_t ringBytes);
  ~RingSource() override;
  // 0, or a negative errno.
  int status() const { return status_; }
  // May be read in any thread.
  const RingCounts& counts() const { return counts_; }

  int descriptor() const override { return fd_.get(); }
  size_t roomNeeded() const override { return roomNeeded_; }
  uint64_t lingerNs() const override { return lingerNs_; }
  int drain(DatagramBatch& batch) override;

 private:
  bool take(uint64_t position, uint32_t length, DatagramBatch& batch);
  void copyOut(uint64_t position, uint32_t length, uint8_t* place) const;

  Descriptor fd_;
  size_t size_;
  size_t pageSize_;
  int status_ = 0;
  void* consumerPage_;
  void* producerPages_;  // the page of the producers, and then the data
  size_t roomNeeded_ = HEADER_BYTES;
  uint64_t lingerNs_ = 0;
  RingCounts counts_ = {};
};
