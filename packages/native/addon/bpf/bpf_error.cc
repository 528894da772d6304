#include "bpf_error.h"

#include <errno.h>
#include <stdio.h>

#include "libbpf.h"

namespace {

// libbpf has numbers of its own above those of the system.
int toErrno(int failure) {
  int number = failure < 0 ? -failure : failure;
  if (number < __LIBBPF_ERRNO__START) return number == 0 ? EINVAL : number;
  return number == LIBBPF_ERRNO__VERIFY || number == LIBBPF_ERRNO__LOAD ? EINVAL : ENOEXEC;
}

}  // namespace

napi_value throwBpf(napi_env env, int failure, const char* what, const LibbpfText& text) {
  char digits[12];
  snprintf(digits, sizeof digits, "%d", toErrno(failure));
  napi_value code;
  napi_value message;
  napi_value said;
  napi_value error;
  napi_create_string_utf8(env, digits, NAPI_AUTO_LENGTH, &code);
  napi_create_string_utf8(env, what, NAPI_AUTO_LENGTH, &message);
  napi_create_string_utf8(env, text.text(), NAPI_AUTO_LENGTH, &said);
  napi_create_error(env, code, message, &error);
  napi_set_named_property(env, error, "said", said);
  napi_throw(env, error);
  return nullptr;
}
