#include "netlink_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include "capture_config.h"

namespace {

// Tells our objects from others that are passed as `this`.
constexpr napi_type_tag TYPE_TAG = {0x70726f636d6f6e01, 0x6e65746c696e6b01};

constexpr uint32_t MIN_BATCH_BYTES = 64 * 1024;
constexpr uint32_t MAX_BATCH_BYTES = 64 * 1024 * 1024;

// Waits until there is something to receive. 1 or 0 (in time or not), or a negative errno.
int waitReadable(int fd, int timeoutMs) {
  uint64_t until = monotonicNow() + static_cast<uint64_t>(timeoutMs > 0 ? timeoutMs : 0) * 1000000u;
  for (;;) {
    uint64_t now = monotonicNow();
    int left = now < until ? static_cast<int>((until - now + 999999u) / 1000000u) : 0;
    pollfd polled{fd, POLLIN, 0};
    int ready = poll(&polled, 1, left);
    if (ready >= 0) return ready;
    if (errno != EINTR) return -errno;
  }
}

}  // namespace

napi_status NetlinkSocket::define(napi_env env, napi_value exports) {
  const napi_property_descriptor methods[] = {
#define METHOD(name, function) {name, nullptr, function, nullptr, nullptr, nullptr, napi_default_method, nullptr}
      METHOD("portId", portId),
      METHOD("receiveBuffer", receiveBuffer),
      METHOD("setReceiveBuffer", setReceiveBuffer),
      METHOD("attachFilter", attachFilter),
      METHOD("join", join),
      METHOD("send", send),
      METHOD("receive", receive),
      METHOD("dropped", dropped),
      METHOD("strangers", strangers),
      METHOD("start", start),
      METHOD("ref", ref),
      METHOD("unref", unref),
      METHOD("readerStats", readerStats),
      METHOD("stop", stop),
      METHOD("close", closeSocket),
#undef METHOD
  };
  napi_value constructor;
  napi_status status = napi_define_class(env, "NetlinkSocket", NAPI_AUTO_LENGTH, construct, nullptr,
                                         sizeof methods / sizeof *methods, methods, &constructor);
  return status == napi_ok ? napi_set_named_property(env, exports, "NetlinkSocket", constructor) : status;
}

napi_value NetlinkSocket::construct(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  napi_value target;
  napi_get_new_target(env, info, &target);
  int protocol;
  int netns;
  if (target == nullptr) return js::throwErrno(env, EINVAL, "constructor");
  if (!js::toInt(env, call.arguments[0], &protocol) || !js::toInt(env, call.arguments[1], &netns)) return nullptr;
  int fd = netlink::open(protocol, netns);
  if (fd < 0) return js::throwErrno(env, -fd, "socket");
  auto* socket = create<NetlinkSocket>();
  if (socket == nullptr) abort();
  socket->fd_.reset(fd);
  if (napi_wrap(env, call.self, socket, finalize, nullptr, nullptr) != napi_ok) {
    destroy(socket);
    return js::throwErrno(env, EINVAL, "constructor");
  }
  napi_type_tag_object(env, call.self, &TYPE_TAG);
  return call.self;
}

NetlinkSocket* NetlinkSocket::of(const js::Call& call, bool mustBeOpen) {
  bool isOurs = false;
  void* socket = nullptr;
  if (napi_check_object_type_tag(call.env, call.self, &TYPE_TAG, &isOurs) != napi_ok || !isOurs ||
      napi_unwrap(call.env, call.self, &socket) != napi_ok) {
    js::throwErrno(call.env, EINVAL, "this");
    return nullptr;
  }
  auto* found = static_cast<NetlinkSocket*>(socket);
  if (!mustBeOpen || found->fd_.isOpen()) return found;
  js::throwErrno(call.env, EBADF, "socket");
  return nullptr;
}

void NetlinkSocket::finalize(napi_env env, void* object, void*) {
  auto* socket = static_cast<NetlinkSocket*>(object);
  // The environment goes down while it reads.
  if (socket->self_ != nullptr) napi_delete_reference(env, socket->self_);
  destroy(socket);
}

napi_value NetlinkSocket::portId(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  NetlinkSocket* socket = of(call);
  if (socket == nullptr) return nullptr;
  uint32_t port = 0;
  int failure = netlink::portId(socket->fd_.get(), &port);
  return failure < 0 ? js::throwErrno(env, -failure, "getsockname") : js::number(env, port);
}

napi_value NetlinkSocket::receiveBuffer(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  NetlinkSocket* socket = of(call);
  if (socket == nullptr) return nullptr;
  int bytes = netlink::receiveBuffer(socket->fd_.get());
  return bytes < 0 ? js::throwErrno(env, -bytes, "getsockopt") : js::number(env, bytes);
}

napi_value NetlinkSocket::setReceiveBuffer(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  NetlinkSocket* socket = of(call);
  int bytes;
  if (socket == nullptr || !js::toInt(env, call.arguments[0], &bytes)) return nullptr;
  int failure = netlink::setReceiveBuffer(socket->fd_.get(), bytes);
  return failure < 0 ? js::throwErrno(env, -failure, "setsockopt") : nullptr;
}

napi_value NetlinkSocket::attachFilter(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  NetlinkSocket* socket = of(call);
  uint8_t* program;
  size_t length;
  if (socket == nullptr || !js::toBytes(env, call.arguments[0], &program, &length)) return nullptr;
  int failure = netlink::attachFilter(socket->fd_.get(), program, length);
  return failure < 0 ? js::throwErrno(env, -failure, "setsockopt") : nullptr;
}

napi_value NetlinkSocket::join(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  NetlinkSocket* socket = of(call);
  uint32_t group;
  if (socket == nullptr || !js::toUint(env, call.arguments[0], &group)) return nullptr;
  int failure = netlink::join(socket->fd_.get(), group);
  return failure < 0 ? js::throwErrno(env, -failure, "setsockopt") : nullptr;
}

napi_value NetlinkSocket::send(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  NetlinkSocket* socket = of(call);
  uint8_t* message;
  size_t length;
  if (socket == nullptr || !js::toBytes(env, call.arguments[0], &message, &length)) return nullptr;
  int failure = netlink::sendToKernel(socket->fd_.get(), message, length);
  return failure < 0 ? js::throwErrno(env, -failure, "sendto") : nullptr;
}

napi_value NetlinkSocket::receive(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  NetlinkSocket* socket = of(call);
  uint8_t* memory;
  size_t length;
  int timeoutMs;
  if (socket == nullptr || !js::toBytes(env, call.arguments[0], &memory, &length) ||
      !js::toInt(env, call.arguments[1], &timeoutMs)) {
    return nullptr;
  }
  size_t filled = 0;
  int failure = socket->receiveInto(memory, length, timeoutMs, &filled);
  return failure < 0 ? js::throwErrno(env, -failure, "recvmmsg") : js::number(env, static_cast<double>(filled));
}

int NetlinkSocket::receiveInto(uint8_t* memory, size_t length, int timeoutMs, size_t* filled) {
  if (reader_ != nullptr) return -EBUSY;
  if (length < DatagramReceiver::recordBytes(nullptr)) return -EINVAL;
  if (receiver_ == nullptr) receiver_ = create<DatagramReceiver>();
  if (receiver_ == nullptr || !receiver_->isReady()) return -ENOMEM;
  DatagramBatch batch(memory, length);
  // Mostly the answer is there already: the kernel makes it in the sender's call.
  int taken = receiver_->receive(fd_.get(), batch, nullptr);
  while (taken == 0) {
    int ready = waitReadable(fd_.get(), timeoutMs);
    if (ready <= 0) return ready;
    taken = receiver_->receive(fd_.get(), batch, nullptr);
    timeoutMs = 0;
  }
  *filled = batch.length();
  return taken < 0 ? taken : 0;
}

napi_value NetlinkSocket::dropped(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  NetlinkSocket* socket = of(call);
  if (socket == nullptr) return nullptr;
  uint32_t count = 0;
  int failure = netlink::dropped(socket->fd_.get(), &count);
  return failure < 0 ? js::throwErrno(env, -failure, "getsockopt") : js::number(env, count);
}

napi_value NetlinkSocket::strangers(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  NetlinkSocket* socket = of(call, false);
  if (socket == nullptr) return nullptr;
  uint64_t count = socket->finished_.strangers;
  if (socket->receiver_ != nullptr) count += peek(socket->receiver_->counts().strangers);
  if (socket->source_ != nullptr) count += peek(socket->source_->counts().strangers);
  return js::number(env, static_cast<double>(count));
}

napi_value NetlinkSocket::start(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  NetlinkSocket* socket = of(call);
  if (socket == nullptr || !js::isFunction(env, call.arguments[1])) return nullptr;
  if (socket->reader_ != nullptr) return js::throwErrno(env, EBUSY, "start");
  napi_value config = call.arguments[0];
  uint32_t intervalMs;
  uint32_t batchBytes;
  bool isUrgent;
  if (!js::uintProperty(env, config, "intervalMs", &intervalMs) ||
      !js::uintProperty(env, config, "batchBytes", &batchBytes) ||
      !js::boolProperty(env, config, "urgent", &isUrgent)) {
    return nullptr;
  }
  if (batchBytes < MIN_BATCH_BYTES || batchBytes > MAX_BATCH_BYTES) return js::throwErrno(env, EINVAL, "batchBytes");
  // The thread has a descriptor of its own, so that closing this one never pulls it away under the thread.
  auto* source = create<NetlinkSource>(fcntl(socket->fd_.get(), F_DUPFD_CLOEXEC, 0));
  if (source == nullptr) abort();
  int failure = source->isReady() ? 0 : -ENOMEM;
  bool isValid = readCaptures(env, config, source->capture());
  if (isValid && failure == 0 && source->roomNeeded() > batchBytes) failure = -EMSGSIZE;
  if (!isValid || failure < 0) {
    destroy(source);
    return isValid ? js::throwErrno(env, -failure, "start") : nullptr;
  }
  BatchReaderOptions options{batchBytes, static_cast<uint64_t>(intervalMs) * 1000000u, isUrgent, false};
  failure = BatchReader::start(env, source, options, call.arguments[1], &socket->reader_);
  if (failure < 0) return js::throwErrno(env, -failure, "pthread_create");
  socket->source_ = source;
  napi_create_reference(env, call.self, 1, &socket->self_);
  return nullptr;
}

napi_value NetlinkSocket::ref(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  NetlinkSocket* socket = of(call, false);
  if (socket != nullptr && socket->reader_ != nullptr) socket->reader_->ref();
  return nullptr;
}

napi_value NetlinkSocket::unref(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  NetlinkSocket* socket = of(call, false);
  if (socket != nullptr && socket->reader_ != nullptr) socket->reader_->unref();
  return nullptr;
}

napi_value NetlinkSocket::readerStats(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  NetlinkSocket* socket = of(call, false);
  if (socket == nullptr) return nullptr;
  const ReceiveCounts& received = socket->source_ == nullptr ? socket->finished_ : socket->source_->counts();
  BatchReaderCounts reader = socket->reader_ == nullptr ? BatchReaderCounts{} : socket->reader_->counts();
  uint64_t counts[] = {peek(received.datagrams), reader.batches, peek(received.truncated),
                       peek(received.overruns),  reader.stalls,  reader.rescues,
                       static_cast<uint64_t>(reader.urgency)};
  return js::numbers(env, counts, sizeof counts / sizeof *counts);
}

napi_value NetlinkSocket::stop(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  NetlinkSocket* socket = of(call, false);
  if (socket != nullptr) socket->stopReading(env);
  return nullptr;
}

napi_value NetlinkSocket::closeSocket(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  NetlinkSocket* socket = of(call, false);
  if (socket == nullptr) return nullptr;
  socket->stopReading(env);
  socket->close();
  return nullptr;
}

void NetlinkSocket::stopReading(napi_env env) {
  if (reader_ == nullptr) return;
  finished_ = source_->counts();
  source_ = nullptr;
  reader_->stop();
  reader_ = nullptr;
  if (self_ != nullptr) napi_delete_reference(env, self_);
  self_ = nullptr;
}

void NetlinkSocket::close() {
  // Only where the environment goes down with a reader: its thread has ended by then.
  if (reader_ != nullptr) reader_->stop();
  reader_ = nullptr;
  source_ = nullptr;
  destroy(receiver_);
  receiver_ = nullptr;
  fd_.reset();
}
