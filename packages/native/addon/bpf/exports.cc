#include "exports.h"

#include "bpf_map.h"
#include "bpf_object.h"
#include "bpf_ring.h"

void defineBpf(napi_env env, napi_value exports) {
  BpfObject::define(env, exports);
  BpfMap::define(env, exports);
  BpfRing::define(env, exports);
}
