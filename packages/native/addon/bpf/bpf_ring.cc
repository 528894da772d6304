#include "bpf_ring.h"

#include <fcntl.h>

#include "bpf_object.h"

namespace {

constexpr uint32_t MIN_BATCH_BYTES = 4 * 1024;
constexpr uint32_t MAX_BATCH_BYTES = 64 * 1024 * 1024;

bool readOptions(napi_env env, napi_value config, BatchReaderOptions* options) {
  uint32_t intervalMs;
  uint32_t batchBytes;
  if (!js::uintProperty(env, config, "intervalMs", &intervalMs) ||
      !js::uintProperty(env, config, "batchBytes", &batchBytes)) {
    return false;
  }
  *options = {batchBytes, static_cast<uint64_t>(intervalMs) * 1000000u, false, true};
  if (batchBytes >= MIN_BATCH_BYTES && batchBytes <= MAX_BATCH_BYTES) return true;
  js::throwErrno(env, EINVAL, "batchBytes");
  return false;
}

}  // namespace

napi_status BpfRing::define(napi_env env, napi_value exports) {
  const js::Method methods[] = {
      {"nudge", nudge}, {"stats", stats}, {"ref", ref}, {"unref", unref}, {"stop", stop},
  };
  return js::defineClass(env, exports, "BpfRing", construct, methods);
}

napi_value BpfRing::construct(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  if (!js::isConstruction(env, info)) return nullptr;
  auto* object = js::behind<BpfObject>(env, call.arguments[0]);
  if (object == nullptr) return js::throwErrno(env, EINVAL, "constructor");
  BatchReaderOptions options;
  if (!readOptions(env, call.arguments[2], &options) || !js::isFunction(env, call.arguments[3])) return nullptr;
  bpf_map* map = object->loadedMap(env, call.arguments[1]);
  if (map == nullptr) return nullptr;
  if (bpf_map__type(map) != BPF_MAP_TYPE_RINGBUF) return js::throwErrno(env, EINVAL, "map");
  // A descriptor of its own, so that closing the object never pulls it away under the thread.
  int fd = fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return js::throwErrno(env, errno, "fcntl");
  auto* source = create<RingSource>(fd, bpf_map__max_entries(map));
  if (source == nullptr) abort();
  int failure = source->status();
  if (failure < 0) {
    destroy(source);
    return js::throwErrno(env, -failure, "mmap");
  }
  BatchReader* reader;
  failure = BatchReader::start(env, source, options, call.arguments[3], &reader);
  if (failure < 0) return js::throwErrno(env, -failure, "pthread_create");
  auto* ring = create<BpfRing>(env, reader, source);
  napi_value result = js::wrap(call, ring);
  if (result != nullptr) napi_create_reference(env, result, 1, &ring->self_);
  return result;
}

napi_value BpfRing::nudge(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  auto* ring = js::self<BpfRing>(call);
  if (ring != nullptr && ring->reader_ != nullptr) ring->reader_->nudge();
  return nullptr;
}

napi_value BpfRing::stats(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  auto* ring = js::self<BpfRing>(call);
  if (ring == nullptr) return nullptr;
  const RingCounts& taken = ring->source_ == nullptr ? ring->finished_ : ring->source_->counts();
  BatchReaderCounts reader = ring->reader_ == nullptr ? ring->finishedReader_ : ring->reader_->counts();
  const uint64_t counts[] = {peek(taken.records), peek(taken.bytes), reader.batches, reader.stalls, reader.rescues};
  return js::numbers(env, counts, sizeof counts / sizeof *counts);
}

napi_value BpfRing::ref(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  auto* ring = js::self<BpfRing>(call);
  if (ring != nullptr && ring->reader_ != nullptr) ring->reader_->ref();
  return nullptr;
}

napi_value BpfRing::unref(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  auto* ring = js::self<BpfRing>(call);
  if (ring != nullptr && ring->reader_ != nullptr) ring->reader_->unref();
  return nullptr;
}

napi_value BpfRing::stop(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  auto* ring = js::self<BpfRing>(call);
  if (ring != nullptr) ring->stopReading();
  return nullptr;
}

void BpfRing::stopReading() {
  if (reader_ == nullptr) return;
  finished_ = source_->counts();
  finishedReader_ = reader_->counts();
  end();
}

// Where the environment goes down, the thread has ended already, and the source is gone with it.
void BpfRing::end() {
  if (reader_ == nullptr) return;
  source_ = nullptr;
  reader_->stop();
  reader_ = nullptr;
  if (self_ != nullptr) napi_delete_reference(env_, self_);
  self_ = nullptr;
}
