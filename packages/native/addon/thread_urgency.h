// How soon the scheduler runs this thread when something arrives for it.
#pragma once

#include <stdint.h>

enum class Urgency : uint64_t {
  NONE = 0,
  // Like any other thread, but with a short slice, so that it need not wait until another has used up its own (Linux 6.12; before, without effect).
  SHORT_SLICE = 1,
  // Before all threads that are not of this kind; takes CAP_SYS_NICE or RLIMIT_RTPRIO.
  REAL_TIME = 2,
};

// Makes this thread as urgent as it may be. For threads that do little at a time.
Urgency becomeUrgent();
