// A C++ object behind a JavaScript one, whose class has the constant TYPE_TAG.
#pragma once

#include <errno.h>

#include "napi_support.h"

namespace js {

// The object behind a value; null where it is something else.
template <typename T>
T* behind(napi_env env, napi_value value) {
  bool isOurs = false;
  void* object = nullptr;
  if (napi_check_object_type_tag(env, value, &T::TYPE_TAG, &isOurs) != napi_ok || !isOurs) return nullptr;
  return napi_unwrap(env, value, &object) == napi_ok ? static_cast<T*>(object) : nullptr;
}

// The object behind `this`; null, and thrown, where `this` is something else.
template <typename T>
T* self(const Call& call) {
  T* object = behind<T>(call.env, call.self);
  if (object == nullptr) throwErrno(call.env, EINVAL, "this");
  return object;
}

// True if the function was called with `new`; else it has thrown.
inline bool isConstruction(napi_env env, napi_callback_info info) {
  napi_value target = nullptr;
  napi_get_new_target(env, info, &target);
  if (target == nullptr) throwErrno(env, EINVAL, "constructor");
  return target != nullptr;
}

// Puts an object made with create() behind `this`, which destroys it with the garbage. Null, and thrown, where that fails.
template <typename T>
napi_value wrap(const Call& call, T* object) {
  auto finalize = [](napi_env, void* wrapped, void*) { destroy(static_cast<T*>(wrapped)); };
  if (object != nullptr && napi_wrap(call.env, call.self, object, finalize, nullptr, nullptr) == napi_ok) {
    napi_type_tag_object(call.env, call.self, &T::TYPE_TAG);
    return call.self;
  }
  destroy(object);
  return throwErrno(call.env, ENOMEM, "constructor");
}

struct Method {
  const char* name;
  napi_callback callback;
};

// Exports a class.
template <size_t COUNT>
napi_status defineClass(napi_env env, napi_value exports, const char* name, napi_callback construct,
                        const Method (&methods)[COUNT]) {
  napi_property_descriptor properties[COUNT] = {};
  for (size_t index = 0; index < COUNT; index++) {
    properties[index].utf8name = methods[index].name;
    properties[index].method = methods[index].callback;
    properties[index].attributes = napi_default_method;
  }
  napi_value constructor;
  napi_status status =
      napi_define_class(env, name, NAPI_AUTO_LENGTH, construct, nullptr, COUNT, properties, &constructor);
  return status == napi_ok ? napi_set_named_property(env, exports, name, constructor) : status;
}

}  // namespace js
