#include "netlink_descriptor.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "process_capture.h"

namespace netlink {

namespace {

int openHere(int protocol) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
  return fd < 0 ? -errno : fd;
}

struct Opening {
  int protocol;
  int netns;
  int result;
};

// A thread of its own enters the namespace and ends: no other thread is ever elsewhere than it was.
void* openThere(void* argument) {
  auto* opening = static_cast<Opening*>(argument);
  opening->result = setns(opening->netns, CLONE_NEWNET) < 0 ? -errno : openHere(opening->protocol);
  return nullptr;
}

int bindAnywhere(int fd) {
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  return bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 ? -errno : 0;
}

}  // namespace

int open(int protocol, int netns) {
  Opening opening{protocol, netns, 0};
  if (netns < 0) {
    opening.result = openHere(protocol);
  } else {
    pthread_t thread;
    int failure = pthread_create(&thread, nullptr, openThere, &opening);
    if (failure != 0) return -failure;
    pthread_join(thread, nullptr);
  }
  Descriptor fd(opening.result);
  if (!fd.isOpen()) return opening.result;
  int bound = bindAnywhere(fd.get());
  return bound < 0 ? bound : fd.release();
}

int join(int fd, uint32_t group) {
  return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0 ? -errno : 0;
}

int setReceiveBuffer(int fd, int bytes) {
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) == 0) return 0;
  return setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) < 0 ? -errno : 0;
}

int receiveBuffer(int fd) {
  int bytes = 0;
  socklen_t length = sizeof bytes;
  return getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &length) < 0 ? -errno : bytes;
}

int attachFilter(int fd, const void* program, size_t bytes) {
  if (bytes == 0 || bytes % sizeof(sock_filter) != 0 || bytes / sizeof(sock_filter) > BPF_MAXINSNS) return -EINVAL;
  sock_fprog filter{static_cast<unsigned short>(bytes / sizeof(sock_filter)),
                    static_cast<sock_filter*>(const_cast<void*>(program))};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0 ? -errno : 0;
}

int sendToKernel(int fd, const void* message, size_t bytes) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  ssize_t sent;
  do {
    sent = sendto(fd, message, bytes, 0, reinterpret_cast<sockaddr*>(&kernel), sizeof kernel);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : 0;
}

int portId(int fd, uint32_t* port) {
  sockaddr_nl address{};
  socklen_t length = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) < 0) return -errno;
  *port = address.nl_pid;
  return 0;
}

int dropped(int fd, uint32_t* count) {
  uint32_t information[SK_MEMINFO_VARS] = {};
  socklen_t length = sizeof information;
  if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, information, &length) < 0) return -errno;
  *count = information[SK_MEMINFO_DROPS];
  return 0;
}

}  // namespace netlink

DatagramReceiver::DatagramReceiver()
    : memory_(static_cast<uint8_t*>(malloc(AT_ONCE * MAX_DATAGRAM))), counts_{} {}

DatagramReceiver::~DatagramReceiver() { free(memory_); }

size_t DatagramReceiver::recordBytes(const ProcessCapture* capture) {
  return sizeof(RecordHeader) + MAX_DATAGRAM + (capture == nullptr ? 0 : capture->maxBytes());
}

int DatagramReceiver::receive(int fd, DatagramBatch& batch, const ProcessCapture* capture) {
  unsigned atOnce = static_cast<unsigned>(smaller(batch.room() / recordBytes(capture), static_cast<size_t>(AT_ONCE)));
  if (atOnce == 0) return 0;
  sockaddr_nl senders[AT_ONCE];
  iovec pieces[AT_ONCE];
  mmsghdr messages[AT_ONCE] = {};
  for (unsigned index = 0; index < atOnce; index++) {
    pieces[index] = iovec{memory_ + index * MAX_DATAGRAM, MAX_DATAGRAM};
    msghdr& head = messages[index].msg_hdr;
    head.msg_name = &senders[index];
    head.msg_namelen = sizeof senders[index];
    head.msg_iov = &pieces[index];
    head.msg_iovlen = 1;
  }
  int count;
  do {
    count = recvmmsg(fd, messages, atOnce, MSG_DONTWAIT, nullptr);
  } while (count < 0 && errno == EINTR);
  if (count < 0 && errno == ENOBUFS) {
    uint32_t lost = 0;
    netlink::dropped(fd, &lost);
    bump(counts_.overruns);
    batch.addOverrun(lost, monotonicNow());
    return 1;
  }
  if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
  for (int index = 0; index < count; index++) take(messages[index], static_cast<unsigned>(index), batch, capture);
  return count;
}

void DatagramReceiver::take(const mmsghdr& message, unsigned index, DatagramBatch& batch,
                            const ProcessCapture* capture) {
  const auto* sender = static_cast<const sockaddr_nl*>(message.msg_hdr.msg_name);
  if (message.msg_hdr.msg_namelen < sizeof *sender || sender->nl_pid != 0) {
    bump(counts_.strangers);
    return;
  }
  const uint8_t* datagram = memory_ + index * MAX_DATAGRAM;
  size_t bytes = smaller(static_cast<size_t>(message.msg_len), MAX_DATAGRAM);
  bool isCut = (message.msg_hdr.msg_flags & MSG_TRUNC) != 0;
  bump(counts_.datagrams);
  if (isCut) bump(counts_.truncated);
  batch.begin(datagram, bytes, isCut ? RECORD_TRUNCATED : 0, monotonicNow());
  if (capture != nullptr) capture->run(datagram, bytes, batch);
}
