// The class NetlinkSocket of the addon: see src/addon.ts for what its methods take and give.
#pragma once

#include "batch_reader.h"
#include "napi_support.h"
#include "netlink_source.h"

class NetlinkSocket {
 public:
  static napi_status define(napi_env env, napi_value exports);
  ~NetlinkSocket() { close(); }

 private:

  static napi_value construct(napi_env env, napi_callback_info info);
  static napi_value portId(napi_env env, napi_callback_info info);
  static napi_value receiveBuffer(napi_env env, napi_callback_info info);
  static napi_value setReceiveBuffer(napi_env env, napi_callback_info info);
  static napi_value attachFilter(napi_env env, napi_callback_info info);
  static napi_value join(napi_env env, napi_callback_info info);
  static napi_value send(napi_env env, napi_callback_info info);
  static napi_value receive(napi_env env, napi_callback_info info);
  static napi_value dropped(napi_env env, napi_callback_info info);
  static napi_value strangers(napi_env env, napi_callback_info info);
  static napi_value start(napi_env env, napi_callback_info info);
  static napi_value ref(napi_env env, napi_callback_info info);
  static napi_value unref(napi_env env, napi_callback_info info);
  static napi_value readerStats(napi_env env, napi_callback_info info);
  static napi_value stop(napi_env env, napi_callback_info info);
  static napi_value closeSocket(napi_env env, napi_callback_info info);
  static void finalize(napi_env env, void* socket, void*);

  // The object behind `this`; null, and thrown, where `this` is something else or, with `mustBeOpen`, closed.
  static NetlinkSocket* of(const js::Call& call, bool mustBeOpen = true);

  int receiveInto(uint8_t* memory, size_t length, int timeoutMs, size_t* filled);
  void stopReading(napi_env env);
  void close();

  Descriptor fd_;
  DatagramReceiver* receiver_ = nullptr;  // of receive(); made when first needed
  BatchReader* reader_ = nullptr;
  NetlinkSource* source_ = nullptr;  // the reader's
  ReceiveCounts finished_ = {};      // of the reader that was stopped
  napi_ref self_ = nullptr;          // while it reads, it must not be collected
};
