#include "ring_source.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

// Programs wake at most so often: bpf/shared/ring.h of @procmon/method-ebpf. What comes meanwhile tells nobody.
constexpr uint64_t LINGER_NS = 5000000;

uint64_t* positionIn(void* page) { return static_cast<uint64_t*>(page); }

}  // namespace

RingSource::RingSource(int fd, uint32_t ringBytes)
    : fd_(fd), size_(ringBytes), pageSize_(static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
  consumerPage_ = mmap(nullptr, pageSize_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (consumerPage_ == MAP_FAILED) status_ = -errno;
  // The kernel would map the data twice in a row, so that no record is in two pieces; but then it counts twice as memory of ours.
  producerPages_ = mmap(nullptr, pageSize_ + size_, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(pageSize_));
  if (producerPages_ == MAP_FAILED && status_ == 0) status_ = -errno;
}

RingSource::~RingSource() {
  if (consumerPage_ != MAP_FAILED) munmap(consumerPage_, pageSize_);
  if (producerPages_ != MAP_FAILED) munmap(producerPages_, pageSize_ + size_);
}

int RingSource::drain(DatagramBatch& batch) {
  const uint8_t* data = static_cast<uint8_t*>(producerPages_) + pageSize_;
  uint64_t position = *positionIn(consumerPage_);
  uint64_t end = __atomic_load_n(positionIn(producerPages_), __ATOMIC_ACQUIRE);
  int taken = 0;
  roomNeeded_ = HEADER_BYTES;
  while (position < end) {
    const auto* head = reinterpret_cast<const uint32_t*>(data + (position & (size_ - 1)));
    uint32_t length = __atomic_load_n(head, __ATOMIC_ACQUIRE);
    // Its program has not finished it.
    if ((length & BPF_RINGBUF_BUSY_BIT) != 0) break;
    uint32_t bytes = length & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
    if (bytes > size_) return -EIO;
    if ((length & BPF_RINGBUF_DISCARD_BIT) == 0) {
      if (!take(position, bytes, batch)) break;
      taken++;
    }
    position += padded(BPF_RINGBUF_HDR_SZ + bytes);
    __atomic_store_n(positionIn(consumerPage_), position, __ATOMIC_RELEASE);
  }
  lingerNs_ = taken > 0 || position < end ? LINGER_NS : 0;
  return taken;
}

bool RingSource::take(uint64_t position, uint32_t length, DatagramBatch& batch) {
  size_t needed = HEADER_BYTES + padded(length);
  if (batch.room() < needed) {
    roomNeeded_ = needed;
    return false;
  }
  uint8_t* place = batch.append(needed);
  const uint32_t head[2] = {length, 0};
  memcpy(place, head, sizeof head);
  copyOut(position + BPF_RINGBUF_HDR_SZ, length, place + HEADER_BYTES);
  memset(place + HEADER_BYTES + length, 0, needed - HEADER_BYTES - length);
  bump(counts_.records);
  __atomic_fetch_add(&counts_.bytes, length, __ATOMIC_RELAXED);
  return true;
}

// A record may go over the end of the ring.
void RingSource::copyOut(uint64_t position, uint32_t length, uint8_t* place) const {
  const uint8_t* data = static_cast<uint8_t*>(producerPages_) + pageSize_;
  size_t at = position & (size_ - 1);
  size_t first = smaller<size_t>(length, size_ - at);
  memcpy(place, data + at, first);
  memcpy(place + first, data, length - first);
}
