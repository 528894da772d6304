#include "thread_urgency.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

// struct sched_attr of include/uapi/linux/sched/types.h, in its first version: not every C library has it.
struct SchedulingAttributes {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime;
  uint64_t deadline;
  uint64_t period;
};

// The shortest that the kernel takes.
constexpr uint64_t SLICE_NS = 100000;

bool schedule(const SchedulingAttributes& attributes) { return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0; }

}  // namespace

Urgency becomeUrgent() {
  SchedulingAttributes attributes{};
  attributes.size = sizeof attributes;
  attributes.policy = SCHED_FIFO;
  attributes.priority = 1;
  if (schedule(attributes)) return Urgency::REAL_TIME;
  attributes.policy = SCHED_OTHER;
  attributes.priority = 0;
  attributes.runtime = SLICE_NS;
  return schedule(attributes) ? Urgency::SHORT_SLICE : Urgency::NONE;
}
