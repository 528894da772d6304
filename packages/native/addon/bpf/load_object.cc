// What is settled before the programs are loaded, and the loading.
#include <string.h>

#include "bpf_error.h"
#include "blocked_signals.h"
#include "bpf_object.h"
#include "btf.h"

namespace {

// Where a variable lies in .rodata; null where there is none, and then its size is 0.
uint8_t* findConstant(bpf_object* object, const char* name, size_t* size) {
  *size = 0;
  const btf* types = bpf_object__btf(object);
  bpf_map* map = bpf_object__find_map_by_name(object, ".rodata");
  if (types == nullptr || map == nullptr) return nullptr;
  int section = btf__find_by_name_kind(types, ".rodata", BTF_KIND_DATASEC);
  if (section < 0) return nullptr;
  const btf_type* sectionType = btf__type_by_id(types, static_cast<uint32_t>(section));
  size_t mapSize = 0;
  // Until it is loaded, the memory is there to be written, whatever the version of libbpf says of it.
  const void* initial = bpf_map__initial_value(map, &mapSize);
  auto* memory = static_cast<uint8_t*>(const_cast<void*>(initial));
  const btf_var_secinfo* variable = btf_var_secinfos(sectionType);
  for (uint16_t index = 0; memory != nullptr && index < btf_vlen(sectionType); index++, variable++) {
    const btf_type* type = btf__type_by_id(types, variable->type);
    const char* found = type == nullptr ? nullptr : btf__name_by_offset(types, type->name_off);
    if (found == nullptr || strcmp(found, name) != 0) continue;
    if (variable->offset > mapSize || variable->size > mapSize - variable->offset) return nullptr;
    *size = variable->size;
    return memory + variable->offset;
  }
  return nullptr;
}

// True if the number is one of so many bytes, signed or not.
bool fits(bool isNegative, uint64_t magnitude, size_t bytes) {
  if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) return false;
  unsigned bits = static_cast<unsigned>(bytes) * 8;
  uint64_t most = isNegative ? uint64_t{1} << (bits - 1) : bits == 64 ? UINT64_MAX : (uint64_t{1} << bits) - 1;
  return magnitude <= most;
}

}  // namespace

napi_value BpfObject::setAutoload(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  BpfObject* self = of(call, State::OPEN);
  bpf_program* program = self == nullptr ? nullptr : self->program(env, call.arguments[0]);
  if (program == nullptr) return nullptr;
  bool isWanted = false;
  if (napi_get_value_bool(env, call.arguments[1], &isWanted) != napi_ok) return js::throwErrno(env, EINVAL, "argument");
  bpf_program__set_autoload(program, isWanted);
  return nullptr;
}

napi_value BpfObject::resizeMap(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  BpfObject* self = of(call, State::OPEN);
  char name[MAX_NAME];
  uint32_t entries;
  if (self == nullptr || !js::toText(env, call.arguments[0], name, sizeof name) ||
      !js::toUint(env, call.arguments[1], &entries)) {
    return nullptr;
  }
  LibbpfText text;
  bpf_map* map = bpf_object__find_map_by_name(self->object_, name);
  if (map == nullptr) return js::throwErrno(env, ENOENT, "map");
  int failure = bpf_map__set_max_entries(map, entries);
  return failure < 0 ? throwBpf(env, failure, "resize", text) : nullptr;
}

napi_value BpfObject::setConstant(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  BpfObject* self = of(call, State::OPEN);
  char name[MAX_NAME];
  if (self == nullptr || !js::toText(env, call.arguments[0], name, sizeof name)) return nullptr;
  int sign = 0;
  uint64_t magnitude = 0;
  size_t words = 1;
  if (napi_get_value_bigint_words(env, call.arguments[1], &sign, &words, &magnitude) != napi_ok) {
    return js::throwErrno(env, EINVAL, "argument");
  }
  LibbpfText text;
  size_t size;
  uint8_t* place = findConstant(self->object_, name, &size);
  if (place == nullptr) return js::throwErrno(env, ENOENT, "constant");
  if (words > 1 || !fits(sign != 0, magnitude, size)) return js::throwErrno(env, ERANGE, "constant");
  uint64_t value = sign != 0 ? 0 - magnitude : magnitude;
  memcpy(place, &value, size);
  return nullptr;
}

napi_value BpfObject::load(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  BpfObject* self = of(call, State::OPEN);
  if (self == nullptr) return nullptr;
  LibbpfText text;
  // The verifier stops where a signal comes, such as a profiler sends all the time.
  BlockedSignals blocked;
  int failure = bpf_object__load(self->object_);
  // libbpf tries only once.
  self->isLoaded_ = failure == 0;
  if (failure == 0) return nullptr;
  throwBpf(env, failure, "load", text);
  self->close();
  return nullptr;
}
