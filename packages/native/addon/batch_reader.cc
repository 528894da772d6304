#include "batch_reader.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "reader_thread.h"

namespace {

void callJs(napi_env env, napi_value function, void* context, void*) {
  if (env != nullptr) static_cast<ReaderThread*>(context)->callJavaScript(env, function);
}

// The function is gone, and with it all that could call back.
void onFunctionGone(napi_env, void*, void* context) { static_cast<ReaderThread*>(context)->leave(); }

DatagramBatch makeBatch(size_t bytes) { return DatagramBatch(static_cast<uint8_t*>(malloc(bytes)), bytes); }

// A negative errno where something is missing.
int prepare(ReaderThread* thread, BatchSource* source, const BatchReaderOptions& options) {
  thread->source = source;
  thread->options = options;
  thread->filling = makeBatch(options.batchBytes);
  thread->handedOver = makeBatch(options.batchBytes);
  if (thread->filling.memory() == nullptr || thread->handedOver.memory() == nullptr) return -ENOMEM;
  thread->wake.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  return thread->wake.isOpen() ? 0 : -errno;
}

}  // namespace

int BatchReader::start(napi_env env, BatchSource* source, const BatchReaderOptions& options, napi_value deliver,
                       BatchReader** result) {
  *result = nullptr;
  auto* thread = create<ReaderThread>();
  auto* reader = create<BatchReader>();
  if (thread == nullptr || reader == nullptr) abort();
  int failure = prepare(thread, source, options);
  napi_value name;
  napi_create_string_utf8(env, "procmon reader", NAPI_AUTO_LENGTH, &name);
  // One owner is the function, whose finalizer leaves for it; the other one is the thread.
  if (failure == 0 && napi_create_threadsafe_function(env, deliver, nullptr, name, 0, 1, nullptr, onFunctionGone, thread,
                                                      callJs, &thread->deliver) != napi_ok) {
    failure = -EINVAL;
  }
  if (failure != 0) {
    destroy(reader);
    destroy(thread);
    return failure;
  }
  failure = thread->start();
  if (failure != 0) {
    thread->leave();
    napi_release_threadsafe_function(thread->deliver, napi_tsfn_abort);
    destroy(reader);
    return -failure;
  }
  reader->env_ = env;
  reader->thread_ = thread;
  // After the function was made, so that this runs before the function's own teardown.
  napi_add_env_cleanup_hook(env, onTeardown, reader);
  *result = reader;
  return 0;
}

void BatchReader::onTeardown(void* reader) { static_cast<BatchReader*>(reader)->endThread(); }

void BatchReader::endThread() {
  if (thread_ == nullptr) return;
  ReaderThread* thread = thread_;
  thread_ = nullptr;
  thread->dropBuffer(env_);
  if (thread->end()) thread->closeAll();
  napi_release_threadsafe_function(thread->deliver, napi_tsfn_abort);
}

void BatchReader::stop() {
  if (thread_ != nullptr) {
    napi_remove_env_cleanup_hook(env_, onTeardown, this);
    endThread();
  }
  destroy(this);
}

void BatchReader::nudge() {
  if (thread_ != nullptr) thread_->nudge();
}

void BatchReader::ref() {
  if (thread_ != nullptr) napi_ref_threadsafe_function(env_, thread_->deliver);
}

void BatchReader::unref() {
  if (thread_ != nullptr) napi_unref_threadsafe_function(env_, thread_->deliver);
}

BatchReaderCounts BatchReader::counts() const {
  if (thread_ == nullptr) return {};
  thread_->lock();
  BatchReaderCounts counts = thread_->counts;
  thread_->unlock();
  return counts;
}
