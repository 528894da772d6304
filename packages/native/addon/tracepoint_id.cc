#include "tracepoint_id.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "napi_support.h"

namespace {

// Older headers lack these: include/uapi/linux/mount.h, Linux 5.2. The numbers of the calls are the same for all processors.
constexpr long SYSCALL_FSOPEN = 430;
constexpr long SYSCALL_FSCONFIG = 431;
constexpr long SYSCALL_FSMOUNT = 432;
constexpr unsigned CLOSE_ON_EXEC = 1;
constexpr unsigned COMMAND_CREATE = 6;
constexpr unsigned READ_ONLY_NO_SUID_NO_DEV_NO_EXEC = 0xf;

constexpr const char* MOUNTED[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};

struct Failure {
  int number;
  const char* syscall;
};

// A mount that is in nobody's tree, and gone with its descriptor.
int mountDetached(Failure* failure) {
  Descriptor context(static_cast<int>(syscall(SYSCALL_FSOPEN, "tracefs", CLOSE_ON_EXEC)));
  if (!context.isOpen()) {
    *failure = {errno, "fsopen"};
    return -1;
  }
  if (syscall(SYSCALL_FSCONFIG, context.get(), COMMAND_CREATE, nullptr, nullptr, 0) < 0) {
    *failure = {errno, "fsconfig"};
    return -1;
  }
  int mount =
      static_cast<int>(syscall(SYSCALL_FSMOUNT, context.get(), CLOSE_ON_EXEC, READ_ONLY_NO_SUID_NO_DEV_NO_EXEC));
  if (mount < 0) *failure = {errno, "fsmount"};
  return mount;
}

// The id in `events/<group>/<name>/id`; -1, and why, where it cannot be read.
int readId(int tracefs, const char* path, Failure* failure) {
  Descriptor file(openat(tracefs, path, O_RDONLY | O_CLOEXEC));
  char text[16];
  ssize_t length = file.isOpen() ? read(file.get(), text, sizeof text - 1) : -1;
  if (length < 0) {
    *failure = {errno, file.isOpen() ? "read" : "open"};
    return -1;
  }
  int id = 0;
  for (ssize_t at = 0; at < length && text[at] >= '0' && text[at] <= '9'; at++) id = id * 10 + (text[at] - '0');
  if (id <= 0) *failure = {EINVAL, "read"};
  return id > 0 ? id : -1;
}

bool hasEvents(int tracefs) { return tracefs >= 0 && faccessat(tracefs, "events", F_OK, 0) == 0; }

// The tracefs that is mounted, else one of our own.
int openTracefs(Failure* failure) {
  for (const char* place : MOUNTED) {
    Descriptor mounted(open(place, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (hasEvents(mounted.get())) return mounted.release();
  }
  return mountDetached(failure);
}

}  // namespace

napi_value readTracepointId(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  char group[128];
  char name[128];
  if (!js::toText(env, call.arguments[0], group, sizeof group) ||
      !js::toText(env, call.arguments[1], name, sizeof name)) {
    return nullptr;
  }
  Failure failure{};
  Descriptor tracefs(openTracefs(&failure));
  if (!tracefs.isOpen()) return js::throwErrno(env, failure.number, failure.syscall);
  char path[300];
  snprintf(path, sizeof path, "events/%s/%s/id", group, name);
  int id = readId(tracefs.get(), path, &failure);
  return id < 0 ? js::throwErrno(env, failure.number, failure.syscall) : js::number(env, id);
}
