// A socket of another process, looked at through a copy of its descriptor (pidfd_getfd(2), Linux 5.6).
#pragma once

#include "freestanding.h"
#include "process_files.h"

// The layout that src/netlink/captured-socket.ts reads.
struct CapturedSocket {
  uint64_t cookie;  // SO_COOKIE, 0 where this kernel has none
  uint64_t inode;
  uint64_t netns;  // inode, 0 where it may not be asked for
  int32_t type;
  int32_t protocol;
  uint16_t family;
  uint8_t isListening;
  uint8_t hasPeer;
  uint8_t localPort[2];  // in network order, as the addresses: 4 bytes of IPv4, 16 of IPv6, all zero of other families
  uint8_t peerPort[2];
  uint8_t localIp[16];
  uint8_t peerIp[16];
};

static_assert(sizeof(CapturedSocket) == 72, "src/netlink/captured-socket.ts reads this layout");

// Describes the socket that this descriptor of the process names. 0, or a negative errno. What is read through `process` afterwards is of the
// process that was asked. The copy is closed at once, since it keeps the connection and its port: nobody sees it unless the process closes its own in
// these microseconds.
int captureSocket(const ProcessFiles& process, uint32_t pid, int fd, CapturedSocket* result);
