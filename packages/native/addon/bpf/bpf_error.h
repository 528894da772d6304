#pragma once

#include "libbpf_text.h"
#include "napi_support.h"

// Throws an Error as js::throwErrno does, with what libbpf said in `said`. `failure` is libbpf's: a negative errno, or one of its own.
napi_value throwBpf(napi_env env, int failure, const char* what, const LibbpfText& text);
