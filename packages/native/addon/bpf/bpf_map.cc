#include "bpf_map.h"

#include <fcntl.h>

#include "bpf.h"
#include "bpf_error.h"
#include "bpf_object.h"

namespace {

bool isPerCpu(bpf_map_type type) {
  return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
         type == BPF_MAP_TYPE_LRU_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

napi_value boolean(napi_env env, bool value) {
  napi_value result;
  napi_get_boolean(env, value, &result);
  return result;
}

// True or false: there was such an entry or not. Everything else is thrown.
napi_value foundOr(napi_env env, int result, const char* what) {
  if (result == 0) return boolean(env, true);
  int failure = errno;
  return failure == ENOENT ? boolean(env, false) : js::throwErrno(env, failure, what);
}

}  // namespace

napi_status BpfMap::define(napi_env env, napi_value exports) {
  const js::Method methods[] = {
      {"sizes", sizes}, {"lookup", lookup}, {"update", update}, {"remove", remove}, {"close", closeMap},
  };
  return js::defineClass(env, exports, "BpfMap", construct, methods);
}

napi_value BpfMap::construct(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  if (!js::isConstruction(env, info)) return nullptr;
  auto* object = js::behind<BpfObject>(env, call.arguments[0]);
  if (object == nullptr) return js::throwErrno(env, EINVAL, "constructor");
  bpf_map* map = object->loadedMap(env, call.arguments[1]);
  if (map == nullptr) return nullptr;
  LibbpfText text;
  uint32_t valueSize = bpf_map__value_size(map);
  if (isPerCpu(bpf_map__type(map))) {
    int processors = libbpf_num_possible_cpus();
    if (processors < 0) return throwBpf(env, processors, "processors", text);
    valueSize = ((valueSize + 7) & ~7u) * static_cast<uint32_t>(processors);
  }
  int fd = fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return js::throwErrno(env, errno, "fcntl");
  return js::wrap(call, create<BpfMap>(fd, bpf_map__key_size(map), valueSize, bpf_map__max_entries(map)));
}

napi_value BpfMap::sizes(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  auto* map = js::self<BpfMap>(call);
  if (map == nullptr) return nullptr;
  const uint64_t all[] = {map->keySize_, map->valueSize_, map->maxEntries_};
  return js::numbers(env, all, sizeof all / sizeof *all);
}

BpfMap* BpfMap::withKey(const js::Call& call, uint8_t** key, uint8_t** value) {
  auto* map = js::self<BpfMap>(call);
  size_t keyLength;
  size_t valueLength = 0;
  if (map == nullptr || !js::toBytes(call.env, call.arguments[0], key, &keyLength)) return nullptr;
  if (value != nullptr && !js::toBytes(call.env, call.arguments[1], value, &valueLength)) return nullptr;
  bool fits = keyLength == map->keySize_ && (value == nullptr || valueLength == map->valueSize_);
  if (map->fd_.isOpen() && fits) return map;
  if (map->fd_.isOpen()) js::throwErrno(call.env, EINVAL, "map");
  else js::throwErrno(call.env, EBADF, "bpf");
  return nullptr;
}

napi_value BpfMap::lookup(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  uint8_t* key;
  uint8_t* value;
  BpfMap* map = withKey(call, &key, &value);
  if (map == nullptr) return nullptr;
  return foundOr(env, bpf_map_lookup_elem(map->fd_.get(), key, value), "lookup");
}

napi_value BpfMap::update(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  uint8_t* key;
  uint8_t* value;
  BpfMap* map = withKey(call, &key, &value);
  if (map == nullptr) return nullptr;
  int result = bpf_map_update_elem(map->fd_.get(), key, value, BPF_ANY);
  return result < 0 ? js::throwErrno(env, errno, "update") : nullptr;
}

napi_value BpfMap::remove(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  uint8_t* key;
  BpfMap* map = withKey(call, &key, nullptr);
  if (map == nullptr) return nullptr;
  return foundOr(env, bpf_map_delete_elem(map->fd_.get(), key), "delete");
}

napi_value BpfMap::closeMap(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  auto* map = js::self<BpfMap>(call);
  if (map != nullptr) map->fd_.reset();
  return nullptr;
}
