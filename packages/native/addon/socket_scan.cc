#include "socket_scan.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "blocked_signals.h"
#include "napi_support.h"
#include "process_files.h"
#include "process_sockets.h"

namespace {

constexpr uint32_t MAX_THREADS = 16;
// Threads take so many processes at a time: few, since one may have more descriptors than all others together.
constexpr size_t SHARE = 4;
constexpr size_t MAX_PATH_BYTES = 4096;

struct Scan;

// Where the result about one process is.
struct Place {
  uint32_t thread;
  size_t offset;
  size_t length;
};

struct ScanThread {
  Scan* scan = nullptr;
  uint32_t number = 0;
  pthread_t thread;
  bool isRunning = false;
  bool hasMemory = true;
  GrowingBytes result;
};

struct Scan {
  int procfs;
  const uint32_t* pids;
  size_t count;
  Place* places;
  size_t next;  // the first process that no thread has taken
};

void* runShare(void* argument) {
  auto* self = static_cast<ScanThread*>(argument);
  Scan* scan = self->scan;
  for (;;) {
    size_t from = __atomic_fetch_add(&scan->next, SHARE, __ATOMIC_RELAXED);
    if (from >= scan->count) return nullptr;
    for (size_t index = from; index < smaller(from + SHARE, scan->count); index++) {
      size_t offset = self->result.length();
      if (!addProcessSockets(scan->procfs, scan->pids[index], self->result)) {
        self->hasMemory = false;
        return nullptr;
      }
      scan->places[index] = Place{self->number, offset, self->result.length() - offset};
    }
  }
}

// This thread takes its share, too. Where no other can be started, it does all.
bool runAll(Scan& scan, ScanThread* threads, uint32_t count) {
  {
    BlockedSignals blocked;
    for (uint32_t number = 0; number < count; number++) {
      threads[number].scan = &scan;
      threads[number].number = number;
      if (number > 0) {
        threads[number].isRunning = pthread_create(&threads[number].thread, nullptr, runShare, &threads[number]) == 0;
      }
    }
  }
  runShare(&threads[0]);
  bool hasMemory = threads[0].hasMemory;
  for (uint32_t number = 1; number < count; number++) {
    if (!threads[number].isRunning) continue;
    pthread_join(threads[number].thread, nullptr);
    hasMemory = hasMemory && threads[number].hasMemory;
  }
  return hasMemory;
}

// All results in the order of the pids, in one ArrayBuffer.
napi_value gather(napi_env env, const Scan& scan, const ScanThread* threads) {
  size_t total = 0;
  for (size_t index = 0; index < scan.count; index++) total += scan.places[index].length;
  void* memory = nullptr;
  napi_value buffer;
  if (napi_create_arraybuffer(env, total, &memory, &buffer) != napi_ok) return js::throwErrno(env, ENOMEM, "scan");
  auto* at = static_cast<uint8_t*>(memory);
  for (size_t index = 0; index < scan.count; index++) {
    const Place& place = scan.places[index];
    memcpy(at, threads[place.thread].result.memory() + place.offset, place.length);
    at += place.length;
  }
  return buffer;
}

}  // namespace

napi_value scanSockets(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  char root[MAX_PATH_BYTES];
  uint32_t threadCount;
  napi_typedarray_type type;
  size_t count;
  void* pids;
  if (!js::toText(env, call.arguments[0], root, sizeof root) || !js::toUint(env, call.arguments[2], &threadCount)) {
    return nullptr;
  }
  if (napi_get_typedarray_info(env, call.arguments[1], &type, &count, &pids, nullptr, nullptr) != napi_ok ||
      type != napi_uint32_array || threadCount < 1 || threadCount > MAX_THREADS) {
    return js::throwErrno(env, EINVAL, "argument");
  }
  Descriptor procfs(openProcfs(root));
  if (!procfs.isOpen()) return js::throwErrno(env, -procfs.get(), "open");
  auto* places = static_cast<Place*>(calloc(count + 1, sizeof(Place)));
  if (places == nullptr) return js::throwErrno(env, ENOMEM, "scan");
  ScanThread threads[MAX_THREADS];
  Scan scan{procfs.get(), static_cast<const uint32_t*>(pids), count, places, 0};
  napi_value result =
      runAll(scan, threads, threadCount) ? gather(env, scan, threads) : js::throwErrno(env, ENOMEM, "scan");
  free(places);
  return result;
}
