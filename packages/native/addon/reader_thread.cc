#include "reader_thread.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "blocked_signals.h"

namespace {

// The thread looks at its source so often even if the descriptor tells nothing.
constexpr uint64_t WATCHDOG_NS = 1000000000;

// A thread may be stuck in the kernel, in reading a process that hangs. It is not waited for longer than this.
constexpr time_t JOIN_SECONDS = 2;

constexpr size_t THREAD_STACK_BYTES = 256 * 1024;

void destroySource(BatchSource* source) {
  if (source == nullptr) return;
  source->~BatchSource();
  free(source);
}

void* runThread(void* argument) {
  auto* self = static_cast<ReaderThread*>(argument);
  self->run();
  self->leave();
  return nullptr;
}

}  // namespace

ReaderThread::ReaderThread() { pthread_mutex_init(&mutex, nullptr); }

ReaderThread::~ReaderThread() {
  free(filling.memory());
  free(handedOver.memory());
  closeAll();
  pthread_mutex_destroy(&mutex);
}

int ReaderThread::start() {
  BlockedSignals blocked;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
  int failure = pthread_create(&thread, &attributes, runThread, this);
  pthread_attr_destroy(&attributes);
  return failure;
}

bool ReaderThread::end() {
  lock();
  stopping = true;
  unlock();
  wakeUp();
  timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += JOIN_SECONDS;
  if (pthread_timedjoin_np(thread, nullptr, &until) == 0) return true;
  pthread_detach(thread);
  return false;
}

void ReaderThread::wakeUp() {
  uint64_t one = 1;
  while (write(wake.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void ReaderThread::leave() {
  lock();
  bool isLast = --owners == 0;
  unlock();
  if (isLast) destroy(this);
}

void ReaderThread::closeAll() {
  wake.reset();
  destroySource(source);
  source = nullptr;
}

void ReaderThread::nudge() {
  lock();
  isNudged = true;
  unlock();
  wakeUp();
}

// How long there may be silence: until the source is to be drained, or the batch is due, where there is one and JavaScript has taken the last.
// JavaScript wakes this thread when it takes one that stands in the way of the next.
uint64_t ReaderThread::patience() {
  uint64_t now = monotonicNow();
  uint64_t wait = WATCHDOG_NS;
  if (drainAt != 0 && !isFull()) wait = drainAt > now ? smaller(wait, drainAt - now) : 0;
  if (filling.length() == 0) return wait;
  uint64_t due = isHurried ? now : deliveredAt + options.intervalNs;
  lock();
  awaitsTake = isHandedOver;
  if (!isHandedOver) wait = due > now ? smaller(wait, due - now) : 0;
  unlock();
  return wait;
}

Waking ReaderThread::wait() {
  uint64_t limit = patience();
  pollfd polled[2] = {{wake.get(), POLLIN, 0}, {source->descriptor(), POLLIN, 0}};
  timespec timeout{static_cast<time_t>(limit / 1000000000u), static_cast<long>(limit % 1000000000u)};
  // What does not fit waits in the kernel.
  bool hasRoom = !isFull();
  int ready = ppoll(polled, hasRoom && drainAt == 0 ? 2 : 1, &timeout, nullptr);
  uint64_t count;
  if (polled[0].revents != 0 && read(wake.get(), &count, sizeof count) < 0 && errno != EAGAIN) abort();
  lock();
  bool isEnding = stopping;
  bool isToHurry = isNudged;
  isNudged = false;
  unlock();
  if (isEnding) return Waking::END;
  if (isToHurry) isHurried = true;
  bool isTime = isToHurry || (drainAt != 0 && monotonicNow() >= drainAt);
  if (polled[1].revents != 0 || (hasRoom && isTime)) return Waking::INPUT;
  return ready == 0 && limit == WATCHDOG_NS && hasRoom ? Waking::SILENCE : Waking::DUE;
}

void ReaderThread::run() {
  if (options.isUrgent) {
    Urgency urgency = becomeUrgent();
    lock();
    counts.urgency = urgency;
    unlock();
  }
  int failure = 0;
  while (failure == 0) {
    Waking waking = wait();
    if (waking == Waking::END) return;
    if (waking != Waking::DUE) failure = drain(waking);
    handOver(failure);
  }
}

// A positive errno where the source fails.
int ReaderThread::drain(Waking waking) {
  int taken = source->drain(filling);
  while (taken == 0 && filling.length() == 0 && isTooSmall()) {
    if (!grow()) return ENOMEM;
    taken = source->drain(filling);
  }
  if (taken < 0) return -taken;
  if (taken > 0 && waking == Waking::SILENCE) countRescue();
  uint64_t linger = source->lingerNs();
  // Where the batch was too small, the rest is taken as soon as there is room.
  drainAt = linger == 0 ? 0 : monotonicNow() + (isFull() ? 0 : linger);
  return 0;
}

// There is one thing that an empty batch has no room for.
bool ReaderThread::grow() {
  size_t bytes = source->roomNeeded();
  auto* memory = static_cast<uint8_t*>(malloc(bytes));
  if (memory == nullptr) return false;
  free(filling.memory());
  filling = DatagramBatch(memory, bytes);
  return true;
}

void ReaderThread::countRescue() {
  lock();
  counts.rescues++;
  unlock();
}

// Gives the batch to JavaScript, if it is due and the one before has been taken.
void ReaderThread::handOver(int failure) {
  uint64_t now = monotonicNow();
  bool isDue = filling.length() > 0 && (isHurried || now >= deliveredAt + options.intervalNs || isFull());
  // Nothing is left of what there was when somebody asked.
  if (filling.length() == 0) isHurried = false;
  if (!isDue && failure == 0) return;
  lock();
  if (stopping) {
    unlock();
    return;
  }
  if (failure != 0) error = failure;
  bool isNew = failure != 0;
  if (!isHandedOver && filling.length() > 0) {
    // After a full batch there may be more of what there was when somebody asked.
    isHurried = isHurried && isFull();
    DatagramBatch spare = handedOver;
    handedOver = filling;
    filling = spare;
    filling.clear();
    isHandedOver = true;
    isNew = true;
    deliveredAt = now;
    counts.batches++;
  } else if (isFull()) {
    counts.stalls++;
  }
  // Under the mutex: after `stopping` is set the function is not called any more.
  if (isNew) napi_call_threadsafe_function(deliver, nullptr, napi_tsfn_nonblocking);
  unlock();
}

napi_status ReaderThread::makeBatch(napi_env env, napi_value* batch, napi_value* length) {
  size_t bytes = handedOver.length();
  // A record may be larger than a batch.
  if (!options.reusesBuffer || bytes > options.batchBytes) {
    return napi_create_buffer_copy(env, bytes, handedOver.memory(), nullptr, batch);
  }
  void* memory;
  if (buffer == nullptr) {
    napi_status made = napi_create_buffer(env, options.batchBytes, &memory, batch);
    if (made == napi_ok) made = napi_create_reference(env, *batch, 1, &buffer);
    if (made != napi_ok) return made;
  }
  napi_get_reference_value(env, buffer, batch);
  napi_status found = napi_get_buffer_info(env, *batch, &memory, nullptr);
  if (found != napi_ok) return found;
  memcpy(memory, handedOver.memory(), bytes);
  return napi_create_uint32(env, static_cast<uint32_t>(bytes), length);
}

void ReaderThread::dropBuffer(napi_env env) {
  if (buffer != nullptr) napi_delete_reference(env, buffer);
  buffer = nullptr;
}

void ReaderThread::callJavaScript(napi_env env, napi_value function) {
  lock();
  bool hasBatch = isHandedOver && !stopping;
  int failure = stopping ? 0 : error;
  error = 0;
  unlock();
  napi_value arguments[3];
  for (napi_value& argument : arguments) napi_get_undefined(env, &argument);
  if (hasBatch) {
    // Until `isHandedOver` is taken back the thread leaves it alone.
    napi_status made = makeBatch(env, &arguments[0], &arguments[2]);
    lock();
    isHandedOver = false;
    bool isAwaited = awaitsTake;
    awaitsTake = false;
    unlock();
    if (isAwaited) wakeUp();
    if (made != napi_ok) failure = ENOMEM;
  }
  if (failure != 0) napi_create_int32(env, failure, &arguments[1]);
  if (!hasBatch && failure == 0) return;
  napi_value receiver;
  napi_get_undefined(env, &receiver);
  if (napi_call_function(env, receiver, function, 3, arguments, nullptr) != napi_pending_exception) return;
  napi_value thrown;
  napi_get_and_clear_last_exception(env, &thrown);
  napi_fatal_exception(env, thrown);
}

