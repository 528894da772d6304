#include "captured_socket.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "close_apart.h"

namespace {

// The same on all machines; glibc 2.17 has no functions for them, nor its headers the numbers.
constexpr long PIDFD_OPEN = 434;
constexpr long PIDFD_GETFD = 438;
constexpr int COOKIE_OPTION = 57;

// A file's path begins with a slash, so that no name can pass for a socket.
constexpr char SOCKET_LINK[] = "socket:[";

// Looked at before the descriptor is copied: to ask or close a file of FUSE takes as long as its daemon likes.
int checkLink(const ProcessFiles& process, int fd) {
  if (process.error() == ENOENT) return -ESRCH;
  char name[16];
  uint8_t link[sizeof SOCKET_LINK - 1];
  snprintf(name, sizeof name, "fd/%d", fd);
  int32_t length = process.readLink(name, link, sizeof link);
  if (length == -ENOENT) return -EBADF;
  if (length < 0) return length;
  return length == sizeof link && memcmp(link, SOCKET_LINK, sizeof link) == 0 ? 0 : -ENOTSOCK;
}

int copyDescriptor(uint32_t pid, int fd) {
  Descriptor process(static_cast<int>(syscall(PIDFD_OPEN, pid, 0)));
  if (!process.isOpen()) return -errno;
  int copy = static_cast<int>(syscall(PIDFD_GETFD, process.get(), fd, 0));
  return copy < 0 ? -errno : copy;
}

// The value as it was where the kernel does not know the option.
template <typename T>
bool readOption(int fd, int name, T* value) {
  socklen_t length = sizeof *value;
  return getsockopt(fd, SOL_SOCKET, name, value, &length) == 0;
}

// fstat(2) itself: the C library's function is either not in old ones or not in new ones. On machines with 64 bits its structure is the kernel's.
uint64_t inodeOf(int fd) {
  struct stat status {};
  return syscall(SYS_fstat, fd, &status) == 0 ? status.st_ino : 0;
}

// Leaves what is no address of the family as it was: a process may turn an IPv6 socket into one of IPv4 meanwhile (IPV6_ADDRFORM).
void copyAddress(const sockaddr_storage& address, int family, uint8_t* ip, uint8_t* port) {
  if (address.ss_family != family) return;
  if (family == AF_INET) {
    const auto& inet = reinterpret_cast<const sockaddr_in&>(address);
    memcpy(ip, &inet.sin_addr, sizeof inet.sin_addr);
    memcpy(port, &inet.sin_port, sizeof inet.sin_port);
  } else if (family == AF_INET6) {
    const auto& inet = reinterpret_cast<const sockaddr_in6&>(address);
    memcpy(ip, &inet.sin6_addr, sizeof inet.sin6_addr);
    memcpy(port, &inet.sin6_port, sizeof inet.sin6_port);
  }
}

void describeEnds(int fd, CapturedSocket* result) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0) {
    copyAddress(address, result->family, result->localIp, result->localPort);
  }
  length = sizeof address;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0) {
    result->hasPeer = 1;
    copyAddress(address, result->family, result->peerIp, result->peerPort);
  }
}

bool lingers(int fd) {
  linger value{};
  return readOption(fd, SO_LINGER, &value) && value.l_onoff != 0 && value.l_linger > 0;
}

}  // namespace

int captureSocket(const ProcessFiles& process, uint32_t pid, int fd, CapturedSocket* result) {
  memset(result, 0, sizeof *result);
  if (!mayCloseApart()) return -EBUSY;
  int failure = checkLink(process, fd);
  if (failure < 0) return failure;
  int copy = copyDescriptor(pid, fd);
  if (copy < 0) return copy;
  int family = 0;
  if (!readOption(copy, SO_DOMAIN, &family)) {
    failure = -errno;
    closeApart(copy);
    return failure;
  }
  int isListening = 0;
  readOption(copy, SO_TYPE, &result->type);
  readOption(copy, SO_PROTOCOL, &result->protocol);
  readOption(copy, COOKIE_OPTION, &result->cookie);
  readOption(copy, SO_ACCEPTCONN, &isListening);
  result->family = static_cast<uint16_t>(family);
  result->isListening = isListening != 0;
  result->inode = inodeOf(copy);
  describeEnds(copy, result);
  Descriptor netns(ioctl(copy, SIOCGSKNS));
  if (lingers(copy)) {
    closeApart(copy);
  } else {
    close(copy);
  }
  if (netns.isOpen()) result->netns = inodeOf(netns.get());
  return 0;
}
