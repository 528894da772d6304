#pragma once

#include <node_api.h>

// scanSockets(procfsRoot, pids, threads): the sockets that processes hold, in the layout that src/procfs/scan-sockets.ts reads.
napi_value scanSockets(napi_env env, napi_callback_info info);
