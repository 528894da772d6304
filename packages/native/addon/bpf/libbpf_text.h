// What libbpf says while this thread is in it. Its way of saying things is the process's own, so there is one for all threads and environments.
#pragma once

#include <stdarg.h>
#include <stddef.h>

// Keeps the end of what libbpf says to this thread from here to the end of the scope.
class LibbpfText {
 public:
  LibbpfText();
  ~LibbpfText();
  LibbpfText(const LibbpfText&) = delete;
  LibbpfText& operator=(const LibbpfText&) = delete;

  const char* text() const { return text_; }
  void append(const char* format, va_list arguments);

 private:
  // The verifier's log is last, and its end is what counts.
  static constexpr size_t KEPT_BYTES = 8 * 1024;

  void keepEnd(const char* more, size_t length);

  size_t length_ = 0;
  char text_[KEPT_BYTES + 1];
};
