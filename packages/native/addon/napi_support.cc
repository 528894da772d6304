#include "napi_support.h"

#include <errno.h>
#include <stdio.h>

namespace js {

namespace {

bool invalid(napi_env env) {
  throwErrno(env, EINVAL, "argument");
  return false;
}

}  // namespace

napi_value throwErrno(napi_env env, int number, const char* syscall) {
  char code[12];
  snprintf(code, sizeof code, "%d", number);
  napi_throw_error(env, code, syscall);
  return nullptr;
}

Call::Call(napi_env callEnv, napi_callback_info info) : env(callEnv) {
  size_t count = MAX_ARGUMENTS;
  napi_get_cb_info(env, info, &count, arguments, &self, nullptr);
}

bool toInt(napi_env env, napi_value value, int* number) {
  return napi_get_value_int32(env, value, number) == napi_ok || invalid(env);
}

bool toUint(napi_env env, napi_value value, uint32_t* number) {
  return napi_get_value_uint32(env, value, number) == napi_ok || invalid(env);
}

bool toText(napi_env env, napi_value value, char* text, size_t size) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok || length >= size) return invalid(env);
  return napi_get_value_string_utf8(env, value, text, size, &length) == napi_ok || invalid(env);
}

bool toBytes(napi_env env, napi_value value, uint8_t** bytes, size_t* length) {
  bool isArray = false;
  napi_is_typedarray(env, value, &isArray);
  napi_typedarray_type type;
  void* data = nullptr;
  if (!isArray || napi_get_typedarray_info(env, value, &type, length, &data, nullptr, nullptr) != napi_ok) {
    return invalid(env);
  }
  if (type != napi_uint8_array) return invalid(env);
  *bytes = static_cast<uint8_t*>(data);
  return true;
}

bool isFunction(napi_env env, napi_value value) {
  napi_valuetype type;
  return (napi_typeof(env, value, &type) == napi_ok && type == napi_function) || invalid(env);
}

bool uintProperty(napi_env env, napi_value object, const char* name, uint32_t* number) {
  napi_value value;
  return napi_get_named_property(env, object, name, &value) == napi_ok ? toUint(env, value, number) : invalid(env);
}

bool boolProperty(napi_env env, napi_value object, const char* name, bool* result) {
  napi_value value;
  if (napi_get_named_property(env, object, name, &value) != napi_ok) return invalid(env);
  return napi_get_value_bool(env, value, result) == napi_ok || invalid(env);
}

bool textProperty(napi_env env, napi_value object, const char* name, char* text, size_t size) {
  napi_value value;
  return napi_get_named_property(env, object, name, &value) == napi_ok ? toText(env, value, text, size) : invalid(env);
}

bool arrayProperty(napi_env env, napi_value object, const char* name, napi_value* array, uint32_t* length) {
  if (napi_get_named_property(env, object, name, array) != napi_ok) return invalid(env);
  return napi_get_array_length(env, *array, length) == napi_ok || invalid(env);
}

napi_value number(napi_env env, double value) {
  napi_value result;
  napi_create_double(env, value, &result);
  return result;
}

napi_value numbers(napi_env env, const uint64_t* values, size_t count) {
  napi_value array;
  napi_create_array_with_length(env, count, &array);
  for (size_t index = 0; index < count; index++) {
    napi_set_element(env, array, static_cast<uint32_t>(index), number(env, static_cast<double>(values[index])));
  }
  return array;
}

}  // namespace js
