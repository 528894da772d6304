#pragma once

#include <node_api.h>

// readClocks(): [monotonic, boottime, realtime] in nanoseconds, as BigInt.
napi_value readClocks(napi_env env, napi_callback_info info);
