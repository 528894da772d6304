#pragma once

#include <node_api.h>

// measureVerity(fd): [algorithm, digest], the number of the algorithm and the bytes; undefined where the file has no fs-verity. Throws.
napi_value measureVerity(napi_env env, napi_callback_info info);
