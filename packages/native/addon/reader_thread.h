// The thread behind a BatchReader, and what it shares with JavaScript's. The last of the two to leave destroys it.
#pragma once

#include <node_api.h>
#include <pthread.h>

#include "batch_reader.h"

// Why the thread goes on.
enum class Waking { END, INPUT, DUE, SILENCE };

struct ReaderThread {
  BatchSource* source = nullptr;
  BatchReaderOptions options = {};
  Descriptor wake;  // an eventfd that ends the thread's waiting
  napi_threadsafe_function deliver = nullptr;
  pthread_t thread;

  pthread_mutex_t mutex;
  // Guarded by the mutex:
  int owners = 2;
  bool stopping = false;
  bool isNudged = false;
  int error = 0;
  // A batch that JavaScript is to take, or is taking now.
  bool isHandedOver = false;
  // The thread has another one, and waits until it is taken.
  bool awaitsTake = false;
  DatagramBatch handedOver;
  BatchReaderCounts counts = {};

  // JavaScript's own: the Buffer that is used again and again.
  napi_ref buffer = nullptr;

  // The thread's own:
  DatagramBatch filling;
  uint64_t deliveredAt = 0;
  // When to drain next without being told; 0 where the descriptor tells.
  uint64_t drainAt = 0;
  // Hand over without regard to the interval.
  bool isHurried = false;

  ReaderThread();
  ~ReaderThread();

  // For JavaScript's thread:
  // Starts it. A positive errno where that fails.
  int start();
  // Makes it end; false where it does not in time, being stuck in the kernel.
  bool end();
  void wakeUp();
  void nudge();
  // Each of both leaves once.
  void leave();
  // Gives back all descriptors at once, where the thread has ended; else it does when it ends.
  void closeAll();
  void callJavaScript(napi_env env, napi_value function);
  void dropBuffer(napi_env env);

  void lock() { pthread_mutex_lock(&mutex); }
  void unlock() { pthread_mutex_unlock(&mutex); }

  // For JavaScript's thread too: gives the batch, and where it is in `buffer`, its length.
  napi_status makeBatch(napi_env env, napi_value* batch, napi_value* length);

  // The thread's own:
  void run();
  // An empty batch is never full: it grows.
  bool isFull() const { return filling.length() > 0 && isTooSmall(); }
  bool isTooSmall() const { return filling.room() < source->roomNeeded(); }
  uint64_t patience();
  Waking wait();
  int drain(Waking waking);
  bool grow();
  void countRescue();
  void handOver(int failure);
};
