#include "freestanding.h"

#include <time.h>
#include <unistd.h>

void Descriptor::reset(int fd) {
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
}

uint64_t monotonicNow() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

void operator delete(void* place) noexcept { free(place); }
void operator delete(void* place, size_t) noexcept { free(place); }

extern "C" void __cxa_pure_virtual() { abort(); }
