// What the addon exports: src/addon.ts is the same in TypeScript. It keeps nothing that is not an environment's own.
#include <node_api.h>

#include "clocks.h"
#include "netlink_socket.h"
#include "socket_scan.h"
#include "tracepoint_id.h"
#include "verity_digest.h"
#ifdef PROCMON_WITH_BPF
#include "bpf/exports.h"
#endif

namespace {

napi_status defineFunction(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function;
  napi_status status = napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
  return status == napi_ok ? napi_set_named_property(env, exports, name, function) : status;
}

}  // namespace

NAPI_MODULE_INIT() {
  NetlinkSocket::define(env, exports);
  defineFunction(env, exports, "readClocks", readClocks);
  defineFunction(env, exports, "scanSockets", scanSockets);
  defineFunction(env, exports, "readTracepointId", readTracepointId);
  defineFunction(env, exports, "measureVerity", measureVerity);
#ifdef PROCMON_WITH_BPF
  defineBpf(env, exports);
#endif
  return exports;
}
