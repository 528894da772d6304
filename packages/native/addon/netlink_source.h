// A netlink socket as a source of batches, with what is read of processes when a datagram arrives.
#pragma once

#include "batch_source.h"
#include "netlink_descriptor.h"
#include "process_capture.h"

class NetlinkSource : public BatchSource {
 public:
  // Takes over the descriptor.
  explicit NetlinkSource(int fd) : fd_(fd) {}

  ProcessCapture& capture() { return capture_; }
  bool isReady() const { return fd_.isOpen() && receiver_.isReady(); }
  // May be read in any thread.
  const ReceiveCounts& counts() const { return receiver_.counts(); }

  int descriptor() const override { return fd_.get(); }
  size_t roomNeeded() const override { return DatagramReceiver::recordBytes(&capture_); }
  int drain(DatagramBatch& batch) override { return receiver_.receive(fd_.get(), batch, &capture_); }

 private:
  Descriptor fd_;
  DatagramReceiver receiver_;
  ProcessCapture capture_;
};
