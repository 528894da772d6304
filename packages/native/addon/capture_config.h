// What JavaScript wants to be read of processes: src/netlink/capture-rules.ts.
#pragma once

#include <node_api.h>

#include "process_capture.h"

// Reads `captures` and `procfsRoot` of a reader's configuration. False, and thrown, where they make no sense.
bool readCaptures(napi_env env, napi_value config, ProcessCapture& capture);
