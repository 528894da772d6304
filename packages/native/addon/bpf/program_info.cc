// What the kernel knows of a loaded program.

#include "bpf.h"
#include "bpf_error.h"
#include "bpf_object.h"

napi_value BpfObject::missedRuns(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  BpfObject* self = of(call, State::LOADED);
  bpf_program* program = self == nullptr ? nullptr : self->program(env, call.arguments[0]);
  if (program == nullptr) return nullptr;
  bpf_prog_info found{};
  uint32_t size = sizeof found;
  LibbpfText text;
  int failure = bpf_obj_get_info_by_fd(bpf_program__fd(program), &found, &size);
  return failure < 0 ? throwBpf(env, -failure, "info", text) : js::number(env, static_cast<double>(found.recursion_misses));
}
