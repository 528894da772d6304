// The class BpfRing of the addon: a reader of one ring. See src/addon.ts for what its methods take and give.
#pragma once

#include "batch_reader.h"
#include "napi_class.h"
#include "ring_source.h"

class BpfRing {
 public:
  static constexpr napi_type_tag TYPE_TAG = {0x70726f636d6f6e04, 0x62706672696e6701};

  static napi_status define(napi_env env, napi_value exports);
  BpfRing(napi_env env, BatchReader* reader, RingSource* source) : env_(env), reader_(reader), source_(source) {}
  ~BpfRing() { end(); }

 private:
  static napi_value construct(napi_env env, napi_callback_info info);
  static napi_value nudge(napi_env env, napi_callback_info info);
  static napi_value stats(napi_env env, napi_callback_info info);
  static napi_value ref(napi_env env, napi_callback_info info);
  static napi_value unref(napi_env env, napi_callback_info info);
  static napi_value stop(napi_env env, napi_callback_info info);

  void stopReading();
  void end();

  napi_env env_;
  napi_ref self_ = nullptr;  // while it reads, it must not be collected
  BatchReader* reader_;
  RingSource* source_;  // the reader's
  RingCounts finished_ = {};
  BatchReaderCounts finishedReader_ = {};
};
