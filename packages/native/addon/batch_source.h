// What a BatchReader reads: a descriptor that becomes readable, and a way to move what is there into a batch. Runs in the reader's thread.
#pragma once

#include "datagram_batch.h"

class BatchSource {
 public:
  virtual ~BatchSource() = default;
  // Becomes readable when there is something to take.
  virtual int descriptor() const = 0;
  // Room that a batch must have for `drain` to take anything. An empty batch grows to that.
  virtual size_t roomNeeded() const = 0;
  // Takes some of what is there. Returns how much, 0 where there is nothing, or a negative errno that ends the reading.
  virtual int drain(DatagramBatch& batch) = 0;
  // Asked after a drain: how long the thread is to sleep before it drains again, instead of waiting for the descriptor. For sources whose
  // descriptor does not tell of all that comes. 0: it waits.
  virtual uint64_t lingerNs() const { return 0; }
};
