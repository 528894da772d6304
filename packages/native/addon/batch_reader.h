// A thread that waits for a source, drains it, and hands what it took to JavaScript: one bounded buffer for each wake-up.
#pragma once

#include <node_api.h>

#include "batch_source.h"
#include "thread_urgency.h"

struct BatchReaderCounts {
  uint64_t batches;
  uint64_t stalls;   // a full batch made the thread wait for JavaScript
  uint64_t rescues;  // there was something to take of which the descriptor had not told
  Urgency urgency;
};

struct BatchReaderOptions {
  size_t batchBytes;
  uint64_t intervalNs;  // between two batches, at least
  bool isUrgent;
  // All batches come in one Buffer, which the next one writes over: nothing is left for the garbage collector.
  bool reusesBuffer;
};

struct ReaderThread;

// Lives in JavaScript's thread. While it reads, it keeps the environment alive, unless unref() was called.
class BatchReader {
 public:
  // Starts the thread, and takes over the source. `deliver(batch, errno, length)` is called with a Buffer, of which `length` bytes count where
  // that is given, or with a positive errno that ended the reading. A negative errno where no thread could be started; null in `reader` then.
  static int start(napi_env env, BatchSource* source, const BatchReaderOptions& options, napi_value deliver,
                   BatchReader** reader);
  // Ends the thread; nothing is delivered any more. Destroys the reader.
  void stop();

  // Makes the thread drain the source and hand over what there is at once, whatever the interval.
  void nudge();

  void ref();
  void unref();
  BatchReaderCounts counts() const;

 private:
  static void onTeardown(void* reader);
  void endThread();

  napi_env env_;
  ReaderThread* thread_;
};
