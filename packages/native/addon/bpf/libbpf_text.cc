#include "libbpf_text.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libbpf.h"

namespace {

// Not a thread-local variable: those of a library that is loaded later are not the same for each C library.
pthread_key_t current;
pthread_once_t once = PTHREAD_ONCE_INIT;

int print(libbpf_print_level level, const char* format, va_list arguments) {
  auto* listener = static_cast<LibbpfText*>(pthread_getspecific(current));
  if (level == LIBBPF_WARN && listener != nullptr) listener->append(format, arguments);
  return 0;
}

void prepare() {
  if (pthread_key_create(&current, nullptr) != 0) abort();
  libbpf_set_print(print);
}

}  // namespace

LibbpfText::LibbpfText() {
  pthread_once(&once, prepare);
  text_[0] = 0;
  pthread_setspecific(current, this);
}

LibbpfText::~LibbpfText() { pthread_setspecific(current, nullptr); }

void LibbpfText::append(const char* format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(nullptr, 0, format, again);
  va_end(again);
  if (length <= 0) return;
  auto* line = static_cast<char*>(malloc(static_cast<size_t>(length) + 1));
  if (line == nullptr) return;
  vsnprintf(line, static_cast<size_t>(length) + 1, format, arguments);
  keepEnd(line, static_cast<size_t>(length));
  free(line);
}

void LibbpfText::keepEnd(const char* more, size_t length) {
  if (length > KEPT_BYTES) {
    more += length - KEPT_BYTES;
    length = KEPT_BYTES;
  }
  size_t kept = length_ + length > KEPT_BYTES ? KEPT_BYTES - length : length_;
  memmove(text_, text_ + (length_ - kept), kept);
  memcpy(text_ + kept, more, length);
  length_ = kept + length;
  text_[length_] = 0;
}
