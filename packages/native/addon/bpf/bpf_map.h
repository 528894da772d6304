// The class BpfMap of the addon: one map of a loaded object. See src/addon.ts for what its methods take and give.
#pragma once

#include "napi_class.h"

class BpfMap {
 public:
  static constexpr napi_type_tag TYPE_TAG = {0x70726f636d6f6e03, 0x6270666d61700001};

  static napi_status define(napi_env env, napi_value exports);
  // Takes over the descriptor.
  BpfMap(int fd, uint32_t keySize, uint32_t valueSize, uint32_t maxEntries)
      : fd_(fd), keySize_(keySize), valueSize_(valueSize), maxEntries_(maxEntries) {}

 private:
  static napi_value construct(napi_env env, napi_callback_info info);
  static napi_value sizes(napi_env env, napi_callback_info info);
  static napi_value lookup(napi_env env, napi_callback_info info);
  static napi_value update(napi_env env, napi_callback_info info);
  static napi_value remove(napi_env env, napi_callback_info info);
  static napi_value closeMap(napi_env env, napi_callback_info info);

  // The map behind `this` with the bytes of a key and, where there is one, a value. Null, and thrown, where something does not fit.
  static BpfMap* withKey(const js::Call& call, uint8_t** key, uint8_t** value);

  Descriptor fd_;
  uint32_t keySize_;
  uint32_t valueSize_;  // for all processors, where each has its own
  uint32_t maxEntries_;
};
