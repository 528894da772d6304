// What is there only where the addon was built with libbpf.
#pragma once

#include <node_api.h>

void defineBpf(napi_env env, napi_value exports);
