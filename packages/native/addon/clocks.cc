#include "clocks.h"

#include <stdint.h>
#include <time.h>

napi_value readClocks(napi_env env, napi_callback_info) {
  const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_REALTIME};
  timespec times[3];
  for (int index = 0; index < 3; index++) clock_gettime(clocks[index], &times[index]);
  napi_value result;
  napi_create_array_with_length(env, 3, &result);
  for (uint32_t index = 0; index < 3; index++) {
    napi_value value;
    int64_t nanoseconds = static_cast<int64_t>(times[index].tv_sec) * 1000000000 + times[index].tv_nsec;
    napi_create_bigint_int64(env, nanoseconds, &value);
    napi_set_element(env, result, index, value);
  }
  return result;
}
