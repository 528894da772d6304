// readSilently(deliver): reads a source whose descriptor never tells that there is something to take. Gives a function that ends the reading
// and returns how often the thread looked for itself.
#include <sys/eventfd.h>

#include "../../addon/batch_reader.h"
#include "../../addon/napi_support.h"

namespace {

// Has one record at each look.
class SilentSource : public BatchSource {
 public:
  int descriptor() const override { return fd_.get(); }
  size_t roomNeeded() const override { return 64; }
  int drain(DatagramBatch& batch) override {
    batch.begin("found", 5, 0, monotonicNow());
    return 1;
  }

 private:
  Descriptor fd_{eventfd(0, EFD_CLOEXEC)};
};

napi_value stop(napi_env env, napi_callback_info info) {
  void* reader;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &reader);
  BatchReaderCounts counts = static_cast<BatchReader*>(reader)->counts();
  static_cast<BatchReader*>(reader)->stop();
  return js::number(env, static_cast<double>(counts.rescues));
}

napi_value readSilently(napi_env env, napi_callback_info info) {
  js::Call call(env, info);
  BatchReader* reader;
  int failure = BatchReader::start(env, create<SilentSource>(), {4096, 0, false, false}, call.arguments[0], &reader);
  if (failure < 0) return js::throwErrno(env, -failure, "start");
  napi_value function;
  napi_create_function(env, "stop", NAPI_AUTO_LENGTH, stop, reader, &function);
  return function;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "readSilently", NAPI_AUTO_LENGTH, readSilently, nullptr, &function);
  napi_set_named_property(env, exports, "readSilently", function);
  return exports;
}
