#include "close_apart.h"

#include <pthread.h>
#include <unistd.h>

#include "blocked_signals.h"
#include "freestanding.h"

namespace {

// Each is a thread.
constexpr uint32_t MAX_CLOSING = 16;
constexpr size_t THREAD_STACK_BYTES = 256 * 1024;

uint32_t closing = 0;

void* runClose(void* fd) {
  close(static_cast<int>(reinterpret_cast<intptr_t>(fd)));
  __atomic_fetch_sub(&closing, 1, __ATOMIC_RELAXED);
  return nullptr;
}

}  // namespace

bool mayCloseApart() { return __atomic_load_n(&closing, __ATOMIC_RELAXED) < MAX_CLOSING; }

void closeApart(int fd) {
  __atomic_fetch_add(&closing, 1, __ATOMIC_RELAXED);
  BlockedSignals blocked;
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  void* argument = reinterpret_cast<void*>(static_cast<intptr_t>(fd));
  if (pthread_create(&thread, &attributes, runClose, argument) != 0) runClose(argument);
  pthread_attr_destroy(&attributes);
}
