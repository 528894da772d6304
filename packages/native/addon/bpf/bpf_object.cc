#include "bpf_object.h"

#include <string.h>

#include "bpf_error.h"
#include "btf_check.h"

namespace {

// Beyond any program that the kernel takes.
constexpr size_t MAX_OBJECT_BYTES = 64 * 1024 * 1024;

size_t countPrograms(bpf_object* object) {
  size_t count = 0;
  bpf_program* program;
  bpf_object__for_each_program(program, object) count++;
  return count;
}

// libbpf takes what it needs while it opens: the copy lies as the processor wants it.
bpf_object* openCopy(const uint8_t* bytes, size_t length) {
  auto* copy = static_cast<char*>(malloc(length));
  if (copy == nullptr) abort();
  memcpy(copy, bytes, length);
  bpf_object_open_opts options{};
  options.sz = sizeof options;
  options.object_name = "procmon";
  errno = ENOEXEC;
  bpf_object* object = areTypesSound(copy, length) ? bpf_object__open_mem(copy, length, &options) : nullptr;
  int failure = errno;
  free(copy);
  errno = failure;
  return object;
}

}  // namespace

napi_status BpfObject::define(napi_env env, napi_value exports) {
  const js::Method methods[] = {
      {"programs", programs},       {"setAutoload", setAutoload},   {"resizeMap", resizeMap},
      {"setConstant", setConstant}, {"load", load},                 {"attach", attach},
      {"detach", detach},           {"readIterator", readIterator}, {"structLayout", structLayout},
      {"close", closeObject},       {"missedRuns", missedRuns},
  };
  return js::defineClass(env, exports, "BpfObject", construct, methods);
}

BpfObject::BpfObject(bpf_object* object) : object_(object) {
  links_ = static_cast<bpf_link**>(calloc(countPrograms(object) + 1, sizeof *links_));
  if (links_ == nullptr) abort();
}

napi_value BpfObject::construct(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  uint8_t* bytes;
  size_t length;
  if (!js::isConstruction(env, info) || !js::toBytes(env, call.arguments[0], &bytes, &length)) return nullptr;
  if (length == 0) return js::throwErrno(env, ENOEXEC, "open");
  if (length > MAX_OBJECT_BYTES) return js::throwErrno(env, EFBIG, "open");
  LibbpfText text;
  bpf_object* object = openCopy(bytes, length);
  if (object == nullptr) return throwBpf(env, -errno, "open", text);
  return js::wrap(call, create<BpfObject>(object));
}

BpfObject* BpfObject::of(const js::Call& call, State state) {
  auto* found = js::self<BpfObject>(call);
  if (found == nullptr) return nullptr;
  int failure = 0;
  if (found->object_ == nullptr) failure = EBADF;
  else if (state == State::OPEN && found->isLoaded_) failure = EBUSY;
  else if (state == State::LOADED && !found->isLoaded_) failure = EINVAL;
  if (failure == 0) return found;
  js::throwErrno(call.env, failure, "bpf");
  return nullptr;
}

bpf_program* BpfObject::program(napi_env env, napi_value value) const {
  char name[MAX_NAME];
  if (!js::toText(env, value, name, sizeof name)) return nullptr;
  bpf_program* found = bpf_object__find_program_by_name(object_, name);
  if (found == nullptr) js::throwErrno(env, ENOENT, "program");
  return found;
}

bpf_map* BpfObject::loadedMap(napi_env env, napi_value value) const {
  char name[MAX_NAME];
  if (!js::toText(env, value, name, sizeof name)) return nullptr;
  if (object_ == nullptr || !isLoaded_) {
    js::throwErrno(env, object_ == nullptr ? EBADF : EINVAL, "bpf");
    return nullptr;
  }
  bpf_map* found = bpf_object__find_map_by_name(object_, name);
  if (found == nullptr || bpf_map__fd(found) < 0) {
    js::throwErrno(env, ENOENT, "map");
    return nullptr;
  }
  return found;
}

bpf_link** BpfObject::linkOf(const bpf_program* wanted) {
  size_t index = 0;
  bpf_program* program;
  bpf_object__for_each_program(program, object_) {
    if (program == wanted) break;
    index++;
  }
  return &links_[index];
}

napi_value BpfObject::programs(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  BpfObject* self = of(call, State::ANY);
  if (self == nullptr) return nullptr;
  napi_value list;
  napi_create_array(env, &list);
  uint32_t index = 0;
  bpf_program* program;
  bpf_object__for_each_program(program, self->object_) {
    const char* both[] = {bpf_program__name(program), bpf_program__section_name(program)};
    for (const char* text : both) {
      napi_value value;
      napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
      napi_set_element(env, list, index++, value);
    }
  }
  return list;
}

napi_value BpfObject::closeObject(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  auto* self = js::self<BpfObject>(call);
  if (self != nullptr) self->close();
  return nullptr;
}

void BpfObject::close() {
  if (object_ == nullptr) return;
  size_t count = countPrograms(object_);
  for (size_t index = 0; index < count; index++) bpf_link__destroy(links_[index]);
  free(links_);
  links_ = nullptr;
  bpf_object__close(object_);
  object_ = nullptr;
}
