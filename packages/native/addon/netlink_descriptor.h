// System calls on netlink sockets (netlink(7)); nothing here knows of JavaScript. A failure is a negative errno.
#pragma once

#include <sys/socket.h>

#include "datagram_batch.h"

class ProcessCapture;

namespace netlink {

// Opens and binds a socket; `netns` is a descriptor of the network namespace to open it in, or -1 for this thread's.
int open(int protocol, int netns);
int join(int fd, uint32_t group);
int setReceiveBuffer(int fd, int bytes);
int receiveBuffer(int fd);
int attachFilter(int fd, const void* program, size_t bytes);
int sendToKernel(int fd, const void* message, size_t bytes);
int portId(int fd, uint32_t* port);
// How many datagrams the kernel could not deliver since the socket was opened (SO_MEMINFO, Linux 4.12).
int dropped(int fd, uint32_t* count);

}  // namespace netlink

// What has been received on one socket. Read with peek().
struct ReceiveCounts {
  uint64_t datagrams;
  uint64_t truncated;
  uint64_t overruns;
  uint64_t strangers;  // datagrams of other processes
};

// Takes datagrams from the kernel, several with one system call.
class DatagramReceiver {
 public:
  // Longer datagrams are cut. The kernel makes none longer than 32 KiB when it dumps a table.
  static constexpr size_t MAX_DATAGRAM = 64 * 1024;

  DatagramReceiver();
  ~DatagramReceiver();
  bool isReady() const { return memory_ != nullptr; }

  // What one datagram takes in a batch at most.
  static size_t recordBytes(const ProcessCapture* capture);

  // Takes what is there, as far as the batch has room. Returns how many datagrams were taken, dropped ones included; 0 where there is none,
  // or no room for one.
  int receive(int fd, DatagramBatch& batch, const ProcessCapture* capture);

  const ReceiveCounts& counts() const { return counts_; }

 private:
  static constexpr unsigned AT_ONCE = 16;

  void take(const mmsghdr& message, unsigned index, DatagramBatch& batch, const ProcessCapture* capture);

  uint8_t* memory_;
  ReceiveCounts counts_;
};
