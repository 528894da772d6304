// What of C++'s runtime the addon uses, so that it needs no library but libc: one binary for each C library, whatever its C++.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

inline void* operator new(size_t, void* place) noexcept { return place; }

// Makes an object on the heap; null where there is no memory.
template <typename T, typename... Arguments>
T* create(Arguments... arguments) {
  void* place = calloc(1, sizeof(T));
  return place == nullptr ? nullptr : new (place) T(arguments...);
}

template <typename T>
void destroy(T* object) {
  if (object == nullptr) return;
  object->~T();
  free(object);
}

template <typename T>
T smaller(T a, T b) {
  return a < b ? a : b;
}

// Counters that one thread writes and another may read.
inline void bump(uint64_t& counter) { __atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED); }
inline uint64_t peek(const uint64_t& counter) { return __atomic_load_n(&counter, __ATOMIC_RELAXED); }

// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  bool isOpen() const { return fd_ >= 0; }
  int release() {
    int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void reset(int fd = -1);

 private:
  int fd_;
};

// CLOCK_MONOTONIC, in nanoseconds.
uint64_t monotonicNow();
