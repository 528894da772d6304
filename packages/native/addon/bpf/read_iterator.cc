// Reads all that an iterator program writes, in a thread of the pool.
#include <string.h>
#include <unistd.h>

#include "bpf.h"
#include "bpf_error.h"
#include "bpf_object.h"

namespace {

constexpr size_t MAX_BYTES = 256 * 1024 * 1024;
// The kernel gives 32 KiB at a time.
constexpr size_t ROOM_WANTED = 64 * 1024;

struct Reading {
  Descriptor iterator;
  uint8_t* bytes = nullptr;
  size_t length = 0;
  size_t capacity = 0;
  int failure = 0;
  napi_async_work work = nullptr;
  napi_ref callback = nullptr;
  ~Reading() { free(bytes); }
};

bool makeRoom(Reading* reading) {
  if (reading->capacity - reading->length >= ROOM_WANTED) return true;
  size_t capacity = reading->capacity == 0 ? 4 * ROOM_WANTED : reading->capacity * 2;
  if (capacity > MAX_BYTES) {
    reading->failure = EFBIG;
    return false;
  }
  auto* bytes = static_cast<uint8_t*>(realloc(reading->bytes, capacity));
  if (bytes == nullptr) {
    reading->failure = ENOMEM;
    return false;
  }
  reading->bytes = bytes;
  reading->capacity = capacity;
  return true;
}

void readAll(napi_env, void* data) {
  auto* reading = static_cast<Reading*>(data);
  while (makeRoom(reading)) {
    ssize_t count =
        read(reading->iterator.get(), reading->bytes + reading->length, reading->capacity - reading->length);
    if (count == 0) break;
    if (count > 0) {
      reading->length += static_cast<size_t>(count);
      continue;
    }
    // The kernel takes a breath where a program goes through much and writes little.
    if (errno == EAGAIN || errno == EINTR) continue;
    reading->failure = errno;
    break;
  }
  reading->iterator.reset();
}

void finish(napi_env env, Reading* reading) {
  if (reading->callback != nullptr) napi_delete_reference(env, reading->callback);
  if (reading->work != nullptr) napi_delete_async_work(env, reading->work);
  destroy(reading);
}

// The bytes as a Buffer, else the errno as a number.
napi_value resultOf(napi_env env, Reading* reading) {
  napi_value result = nullptr;
  if (reading->failure == 0 &&
      napi_create_buffer_copy(env, reading->length, reading->bytes, nullptr, &result) != napi_ok) {
    napi_value thrown;
    napi_get_and_clear_last_exception(env, &thrown);
    reading->failure = ENOMEM;
  }
  return reading->failure == 0 ? result : js::number(env, reading->failure);
}

void onRead(napi_env env, napi_status status, void* data) {
  auto* reading = static_cast<Reading*>(data);
  if (status != napi_ok) reading->failure = ECANCELED;
  napi_value result = resultOf(env, reading);
  napi_value callback;
  napi_value receiver;
  // Where the environment goes down, nothing is made and nobody called.
  if (result != nullptr && napi_get_undefined(env, &receiver) == napi_ok &&
      napi_get_reference_value(env, reading->callback, &callback) == napi_ok) {
    napi_call_function(env, receiver, callback, 1, &result, nullptr);
  }
  finish(env, reading);
}

// A descriptor to read from. It keeps the link alive, and so the program.
int openIterator(const bpf_program* program, int map) {
  bpf_iter_link_info target{};
  target.map.map_fd = static_cast<uint32_t>(map);
  bpf_iter_attach_opts options{};
  options.sz = sizeof options;
  options.link_info = map < 0 ? nullptr : &target;
  options.link_info_len = map < 0 ? 0 : sizeof target;
  bpf_link* link = bpf_program__attach_iter(program, &options);
  if (link == nullptr) return -errno;
  int iterator = bpf_iter_create(bpf_link__fd(link));
  int failure = errno;
  bpf_link__destroy(link);
  return iterator < 0 ? -failure : iterator;
}

}  // namespace

napi_value BpfObject::readIterator(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  BpfObject* self = of(call, State::LOADED);
  bpf_program* program = self == nullptr ? nullptr : self->program(env, call.arguments[0]);
  if (program == nullptr || !js::isFunction(env, call.arguments[2])) return nullptr;
  napi_valuetype type;
  napi_typeof(env, call.arguments[1], &type);
  int mapFd = -1;
  if (type != napi_undefined) {
    bpf_map* map = self->loadedMap(env, call.arguments[1]);
    if (map == nullptr) return nullptr;
    mapFd = bpf_map__fd(map);
  }
  LibbpfText text;
  int iterator = openIterator(program, mapFd);
  if (iterator < 0) return throwBpf(env, iterator, "iterate", text);
  auto* reading = create<Reading>();
  if (reading == nullptr) abort();
  reading->iterator.reset(iterator);
  // Not a promise: one that is never settled, since its environment has gone, would never be freed.
  napi_value name;
  napi_create_string_utf8(env, "procmon iterator", NAPI_AUTO_LENGTH, &name);
  if (napi_create_reference(env, call.arguments[2], 1, &reading->callback) != napi_ok ||
      napi_create_async_work(env, nullptr, name, readAll, onRead, reading, &reading->work) != napi_ok ||
      napi_queue_async_work(env, reading->work) != napi_ok) {
    finish(env, reading);
    return js::throwErrno(env, EINVAL, "iterate");
  }
  return nullptr;
}
