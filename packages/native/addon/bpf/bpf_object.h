// The class BpfObject of the addon: see src/addon.ts for what its methods take and give.
#pragma once

#include "libbpf.h"
#include "napi_class.h"

class BpfObject {
 public:
  static constexpr napi_type_tag TYPE_TAG = {0x70726f636d6f6e02, 0x6270666f626a0001};
  // Names of programs, maps, variables and types.
  static constexpr size_t MAX_NAME = 256;

  static napi_status define(napi_env env, napi_value exports);
  // Takes over what libbpf has opened.
  explicit BpfObject(bpf_object* object);
  ~BpfObject() { close(); }

  // The map of this name, as soon as the object is loaded; else null, and thrown.
  bpf_map* loadedMap(napi_env env, napi_value name) const;

 private:
  static napi_value construct(napi_env env, napi_callback_info info);
  static napi_value programs(napi_env env, napi_callback_info info);
  static napi_value closeObject(napi_env env, napi_callback_info info);
  // load_object.cc
  static napi_value setAutoload(napi_env env, napi_callback_info info);
  static napi_value resizeMap(napi_env env, napi_callback_info info);
  static napi_value setConstant(napi_env env, napi_callback_info info);
  static napi_value load(napi_env env, napi_callback_info info);
  // attach_program.cc
  static napi_value attach(napi_env env, napi_callback_info info);
  static napi_value detach(napi_env env, napi_callback_info info);
  // program_info.cc
  static napi_value missedRuns(napi_env env, napi_callback_info info);
  // read_iterator.cc
  static napi_value readIterator(napi_env env, napi_callback_info info);
  // struct_layout.cc
  static napi_value structLayout(napi_env env, napi_callback_info info);

  enum class State { OPEN, LOADED, ANY };
  // The object behind `this`; null, and thrown, where `this` is something else, or not in that state (EBUSY, ENOENT) or closed (EBADF).
  static BpfObject* of(const js::Call& call, State state);
  // The program of this name, or null, and thrown.
  bpf_program* program(napi_env env, napi_value name) const;
  bpf_link** linkOf(const bpf_program* program);
  void close();

  bpf_object* object_;
  bool isLoaded_ = false;
  // One place for each program, in libbpf's order.
  bpf_link** links_ = nullptr;
};
