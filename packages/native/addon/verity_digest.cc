#include "verity_digest.h"

#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include "napi_support.h"

namespace {

// Older headers lack these: include/uapi/linux/fsverity.h, Linux 5.4.
constexpr size_t MAX_DIGEST_BYTES = 64;

struct VerityDigest {
  uint16_t algorithm;
  uint16_t size;  // of the room, and then of the digest
  uint8_t bytes[MAX_DIGEST_BYTES];
};

// The number holds the size without the bytes.
constexpr unsigned MEASURE_VERITY = _IOC(_IOC_READ | _IOC_WRITE, 'f', 134, 4);

// The file is without, or its file system, or the whole kernel.
bool meansNone(int number) { return number == ENODATA || number == ENOTTY || number == EOPNOTSUPP; }

}  // namespace

napi_value measureVerity(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  int fd;
  if (!js::toInt(env, call.arguments[0], &fd)) return nullptr;
  VerityDigest digest{};
  digest.size = MAX_DIGEST_BYTES;
  if (ioctl(fd, MEASURE_VERITY, &digest) < 0) return meansNone(errno) ? nullptr : js::throwErrno(env, errno, "ioctl");
  // A FUSE server writes what it likes.
  if (digest.size > MAX_DIGEST_BYTES) return js::throwErrno(env, EOVERFLOW, "ioctl");
  napi_value bytes;
  if (napi_create_buffer_copy(env, digest.size, digest.bytes, nullptr, &bytes) != napi_ok) return nullptr;
  napi_value array;
  napi_create_array_with_length(env, 2, &array);
  napi_set_element(env, array, 0, js::number(env, digest.algorithm));
  napi_set_element(env, array, 1, bytes);
  return array;
}
