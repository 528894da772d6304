#pragma once

#include <node_api.h>

// readTracepointId(group, name): the number by which perf_event_open(2) knows a tracepoint. Throws.
napi_value readTracepointId(napi_env env, napi_callback_info info);
