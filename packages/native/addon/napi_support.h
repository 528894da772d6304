// Short forms for what every exported function does: read arguments, and throw. After a throw, return to JavaScript at once.
#pragma once

#include <node_api.h>

#include "freestanding.h"

namespace js {

// Throws an Error whose code is the errno in decimal and whose message is the system call's name: src/native-error.ts says it in words.
napi_value throwErrno(napi_env env, int number, const char* syscall);

// Arguments of a call; those that are missing are undefined.
struct Call {
  static constexpr size_t MAX_ARGUMENTS = 4;
  napi_env env;
  napi_value self;
  napi_value arguments[MAX_ARGUMENTS];
  Call(napi_env env, napi_callback_info info);
};

// Each is false, and has thrown, where the value is of another kind.
bool toInt(napi_env env, napi_value value, int* number);
bool toUint(napi_env env, napi_value value, uint32_t* number);
// Text that fits into `size` bytes with its end.
bool toText(napi_env env, napi_value value, char* text, size_t size);
bool toBytes(napi_env env, napi_value value, uint8_t** bytes, size_t* length);
bool isFunction(napi_env env, napi_value value);

// Properties of an object.
bool uintProperty(napi_env env, napi_value object, const char* name, uint32_t* number);
bool boolProperty(napi_env env, napi_value object, const char* name, bool* value);
bool textProperty(napi_env env, napi_value object, const char* name, char* text, size_t size);
bool arrayProperty(napi_env env, napi_value object, const char* name, napi_value* array, uint32_t* length);

napi_value number(napi_env env, double value);
// An array of counters.
napi_value numbers(napi_env env, const uint64_t* values, size_t count);

}  // namespace js
