// capture(config, datagram): the batch that a reader with these captures makes of one datagram, which ends where its memory ends.
// lingering(): a descriptor of a new socket of TCP that lingers.
// hangInClosing(port, count): closes so many sockets that linger, as closeApart does. It takes until the peer at this port of 127.0.0.1 is gone.
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../addon/capture_config.h"
#include "../../addon/close_apart.h"
#include "../../addon/napi_support.h"

namespace {

napi_value capture(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  ProcessCapture captures;
  uint8_t* bytes;
  size_t length;
  if (!readCaptures(env, call.arguments[0], captures) || !js::toBytes(env, call.arguments[1], &bytes, &length)) {
    return nullptr;
  }
  size_t capacity = sizeof(RecordHeader) + padded(length) + captures.maxBytes();
  auto* datagram = static_cast<uint8_t*>(malloc(length));
  DatagramBatch batch(static_cast<uint8_t*>(malloc(capacity)), capacity);
  if (length > 0) memcpy(datagram, bytes, length);
  batch.begin(datagram, length, 0, monotonicNow());
  captures.run(datagram, length, batch);
  napi_value result;
  void* copy;
  napi_create_buffer_copy(env, batch.length(), batch.memory(), &copy, &result);
  free(batch.memory());
  free(datagram);
  return result;
}

int lingeringSocket() {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  linger minutes{1, 600};
  return setsockopt(fd, SOL_SOCKET, SO_LINGER, &minutes, sizeof minutes) < 0 ? -1 : fd;
}

napi_value lingering(napi_env env, napi_callback_info) { return js::number(env, lingeringSocket()); }

// The socket has data that the peer does not take.
int fullSocket(uint32_t port) {
  int fd = lingeringSocket();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  static const char bytes[65536] = {};
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) return -1;
  while (send(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
  }
  return fd;
}

napi_value hangInClosing(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  uint32_t port;
  uint32_t count;
  if (!js::toUint(env, call.arguments[0], &port) || !js::toUint(env, call.arguments[1], &count)) return nullptr;
  for (uint32_t index = 0; index < count; index++) {
    int fd = fullSocket(port);
    if (fd < 0) return js::throwErrno(env, errno, "connect");
    closeApart(fd);
  }
  return nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"capture", nullptr, capture, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"lingering", nullptr, lingering, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"hangInClosing", nullptr, hangInClosing, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
  return exports;
}
