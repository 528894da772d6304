#include "batch_reader.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

// The thread looks at its source so often even if the descriptor tells nothing.
constexpr uint64_t WATCHDOG_NS = 1000000000;

// A thread may be stuck in the kernel, in reading a process that hangs. It is not waited for longer than this.
constexpr time_t JOIN_SECONDS = 2;

constexpr size_t THREAD_STACK_BYTES = 256 * 1024;

// Why the thread goes on.
enum class Waking { END, INPUT, DUE, SILENCE };

// What JavaScript's thread and the reading one share. The last of the two to leave destroys it.
struct BatchReaderState {
  BatchSource* source = nullptr;
  BatchReaderOptions options = {};
  Descriptor wake;  // an eventfd that ends the thread's waiting
  napi_threadsafe_function deliver = nullptr;
  pthread_t thread;

  pthread_mutex_t mutex;
  // Guarded by the mutex:
  int owners = 2;
  bool stopping = false;
  int error = 0;
  // A batch that JavaScript is to take, or is taking now.
  bool isHandedOver = false;
  DatagramBatch handedOver;
  BatchReaderCounts counts = {};

  // The thread's own:
  DatagramBatch filling;
  uint64_t deliveredAt = 0;

  BatchReaderState() { pthread_mutex_init(&mutex, nullptr); }
  ~BatchReaderState() {
    free(filling.memory());
    free(handedOver.memory());
    destroySource();
    pthread_mutex_destroy(&mutex);
  }

  void destroySource() {
    if (source == nullptr) return;
    source->~BatchSource();
    free(source);
    source = nullptr;
  }

  void lock() { pthread_mutex_lock(&mutex); }
  void unlock() { pthread_mutex_unlock(&mutex); }
  void wakeThread() {
    uint64_t one = 1;
    while (write(wake.get(), &one, sizeof one) < 0 && errno == EINTR) {
    }
  }

  void leave() {
    lock();
    bool isLast = --owners == 0;
    unlock();
    if (isLast) destroy(this);
  }

  bool isFull() const { return filling.room() < source->roomNeeded(); }
  void run();
  uint64_t patience();
  Waking wait();
  void countRescue();
  void handOver(int failure);
  void callJavaScript(napi_env env, napi_value function);
};

namespace {

void* runThread(void* argument) {
  auto* state = static_cast<BatchReaderState*>(argument);
  state->run();
  state->leave();
  return nullptr;
}

void callJs(napi_env env, napi_value function, void* context, void*) {
  if (env != nullptr) static_cast<BatchReaderState*>(context)->callJavaScript(env, function);
}

// The function is gone, and with it all that could call back.
void onFunctionGone(napi_env, void*, void* context) { static_cast<BatchReaderState*>(context)->leave(); }

// The thread takes no signal: those of the process are Node's.
int startThread(BatchReaderState* state) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
  int failure = pthread_create(&state->thread, &attributes, runThread, state);
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return failure;
}

}  // namespace

// How long there may be silence: until the batch is due, where there is one and JavaScript has taken the last. JavaScript wakes this thread when
// it takes one.
uint64_t BatchReaderState::patience() {
  if (filling.length() == 0) return WATCHDOG_NS;
  uint64_t now = monotonicNow();
  uint64_t due = deliveredAt + options.intervalNs;
  lock();
  uint64_t wait = isHandedOver ? WATCHDOG_NS : due > now ? due - now : 0;
  unlock();
  return smaller(wait, WATCHDOG_NS);
}

Waking BatchReaderState::wait() {
  uint64_t limit = patience();
  pollfd polled[2] = {{wake.get(), POLLIN, 0}, {source->descriptor(), POLLIN, 0}};
  timespec timeout{static_cast<time_t>(limit / 1000000000u), static_cast<long>(limit % 1000000000u)};
  // What does not fit waits in the kernel.
  bool hasRoom = !isFull();
  int ready = ppoll(polled, hasRoom ? 2 : 1, &timeout, nullptr);
  uint64_t count;
  if (polled[0].revents != 0 && read(wake.get(), &count, sizeof count) < 0 && errno != EAGAIN) abort();
  lock();
  bool isEnding = stopping;
  unlock();
  if (isEnding) return Waking::END;
  if (polled[1].revents != 0) return Waking::INPUT;
  return ready == 0 && limit == WATCHDOG_NS && hasRoom ? Waking::SILENCE : Waking::DUE;
}

void BatchReaderState::run() {
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
    if (waking != Waking::DUE) {
      int taken = source->drain(filling);
      if (taken < 0) failure = -taken;
      if (taken > 0 && waking == Waking::SILENCE) countRescue();
    }
    handOver(failure);
  }
}

void BatchReaderState::countRescue() {
  lock();
  counts.rescues++;
  unlock();
}

// Gives the batch to JavaScript, if it is due and the one before has been taken.
void BatchReaderState::handOver(int failure) {
  uint64_t now = monotonicNow();
  bool isDue = filling.length() > 0 && (now >= deliveredAt + options.intervalNs || isFull());
  if (!isDue && failure == 0) return;
  lock();
  if (stopping) {
    unlock();
    return;
  }
  if (failure != 0) error = failure;
  bool isNew = failure != 0;
  if (!isHandedOver && filling.length() > 0) {
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

void BatchReaderState::callJavaScript(napi_env env, napi_value function) {
  lock();
  bool hasBatch = isHandedOver && !stopping;
  int failure = stopping ? 0 : error;
  error = 0;
  unlock();
  napi_value arguments[2];
  napi_get_undefined(env, &arguments[0]);
  napi_get_undefined(env, &arguments[1]);
  if (hasBatch) {
    // Until `isHandedOver` is taken back the thread leaves it alone.
    napi_status made = napi_create_buffer_copy(env, handedOver.length(), handedOver.memory(), nullptr, &arguments[0]);
    lock();
    isHandedOver = false;
    unlock();
    wakeThread();
    if (made != napi_ok) failure = ENOMEM;
  }
  if (failure != 0) napi_create_int32(env, failure, &arguments[1]);
  if (!hasBatch && failure == 0) return;
  napi_value receiver;
  napi_get_undefined(env, &receiver);
  if (napi_call_function(env, receiver, function, 2, arguments, nullptr) != napi_pending_exception) return;
  napi_value thrown;
  napi_get_and_clear_last_exception(env, &thrown);
  napi_fatal_exception(env, thrown);
}

int BatchReader::start(napi_env env, BatchSource* source, const BatchReaderOptions& options, napi_value deliver,
                       BatchReader** result) {
  *result = nullptr;
  auto* state = create<BatchReaderState>();
  auto* reader = create<BatchReader>();
  if (state == nullptr || reader == nullptr) abort();
  state->source = source;
  state->options = options;
  state->filling = DatagramBatch(static_cast<uint8_t*>(malloc(options.batchBytes)), options.batchBytes);
  state->handedOver = DatagramBatch(static_cast<uint8_t*>(malloc(options.batchBytes)), options.batchBytes);
  state->wake.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  int failure = 0;
  if (state->filling.memory() == nullptr || state->handedOver.memory() == nullptr) failure = ENOMEM;
  if (!state->wake.isOpen()) failure = errno;
  if (failure != 0) {
    destroy(reader);
    destroy(state);
    return -failure;
  }

  napi_value name;
  napi_create_string_utf8(env, "procmon reader", NAPI_AUTO_LENGTH, &name);
  // One count for the function, one for the thread; the function's finalizer gives back the first.
  if (napi_create_threadsafe_function(env, deliver, nullptr, name, 0, 1, nullptr, onFunctionGone, state, callJs,
                                      &state->deliver) != napi_ok) {
    destroy(reader);
    destroy(state);
    return -EINVAL;
  }
  failure = startThread(state);
  if (failure != 0) {
    state->leave();
    napi_release_threadsafe_function(state->deliver, napi_tsfn_abort);
    destroy(reader);
    return -failure;
  }
  reader->env_ = env;
  reader->state_ = state;
  // After the function was made, so that this runs before the function's own teardown.
  napi_add_env_cleanup_hook(env, onTeardown, reader);
  *result = reader;
  return 0;
}

void BatchReader::onTeardown(void* reader) { static_cast<BatchReader*>(reader)->endThread(); }

void BatchReader::endThread() {
  if (state_ == nullptr) return;
  BatchReaderState* state = state_;
  state_ = nullptr;
  state->lock();
  state->stopping = true;
  state->unlock();
  state->wakeThread();
  timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += JOIN_SECONDS;
  // Its descriptors are given back at once, where the thread has ended; else it gives them back when it does.
  if (pthread_timedjoin_np(state->thread, nullptr, &until) == 0) {
    state->destroySource();
    state->wake.reset();
  } else {
    pthread_detach(state->thread);
  }
  napi_release_threadsafe_function(state->deliver, napi_tsfn_abort);
}

void BatchReader::stop() {
  if (state_ != nullptr) {
    napi_remove_env_cleanup_hook(env_, onTeardown, this);
    endThread();
  }
  destroy(this);
}

void BatchReader::ref() {
  if (state_ != nullptr) napi_ref_threadsafe_function(env_, state_->deliver);
}

void BatchReader::unref() {
  if (state_ != nullptr) napi_unref_threadsafe_function(env_, state_->deliver);
}

BatchReaderCounts BatchReader::counts() const {
  if (state_ == nullptr) return {};
  state_->lock();
  BatchReaderCounts counts = state_->counts;
  state_->unlock();
  return counts;
}
