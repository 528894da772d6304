// Attaching programs to what runs them. A link lives as long as the object: nothing is pinned.
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf_error.h"
#include "bpf_object.h"

namespace {

// A tracepoint of the whole machine: which processor is asked for does not matter to a BPF program.
int openTracepoint(int id) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.config = static_cast<uint64_t>(id);
  attributes.sample_period = 1;
  attributes.wakeup_events = 1;
  return static_cast<int>(syscall(SYS_perf_event_open, &attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC));
}

bpf_link* attachTracepoint(const bpf_program* program, int id) {
  Descriptor event(openTracepoint(id));
  if (!event.isOpen()) return nullptr;
  bpf_link* link = bpf_program__attach_perf_event(program, event.get());
  // It is the link's.
  if (link != nullptr) event.release();
  return link;
}

// libbpf would look for these in tracefs by itself.
bool wantsTracepoint(const bpf_program* program) {
  const char* section = bpf_program__section_name(program);
  return strncmp(section, "tp/", 3) == 0 || strncmp(section, "tracepoint/", 11) == 0;
}

bpf_link* attachTo(const bpf_program* program, int cgroup, int tracepoint) {
  if (cgroup >= 0) return bpf_program__attach_cgroup(program, cgroup);
  if (tracepoint >= 0) return attachTracepoint(program, tracepoint);
  if (!wantsTracepoint(program)) return bpf_program__attach(program);
  errno = EINVAL;
  return nullptr;
}

}  // namespace

napi_value BpfObject::attach(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  BpfObject* self = of(call, State::LOADED);
  int cgroup;
  int tracepoint;
  if (self == nullptr || !js::toInt(env, call.arguments[1], &cgroup) || !js::toInt(env, call.arguments[2], &tracepoint)) {
    return nullptr;
  }
  bpf_program* program = self->program(env, call.arguments[0]);
  if (program == nullptr) return nullptr;
  bpf_link** link = self->linkOf(program);
  if (*link != nullptr) return js::throwErrno(env, EBUSY, "attach");
  LibbpfText text;
  *link = attachTo(program, cgroup, tracepoint);
  return *link == nullptr ? throwBpf(env, -errno, "attach", text) : nullptr;
}

napi_value BpfObject::detach(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  BpfObject* self = of(call, State::LOADED);
  bpf_program* program = self == nullptr ? nullptr : self->program(env, call.arguments[0]);
  if (program == nullptr) return nullptr;
  LibbpfText text;
  bpf_link** link = self->linkOf(program);
  bpf_link__destroy(*link);
  *link = nullptr;
  return nullptr;
}
