// Reads files of a process the moment a datagram about it arrives: it may be gone a millisecond later.
#pragma once

#include "datagram_batch.h"

enum class CaptureKind : uint8_t { FILE, LINK, IDENTITY };

struct CaptureFile {
  char name[32];
  CaptureKind kind;
  uint32_t limit;
};

// Which datagrams are about a process: those with `value` at `offset`, and which process: its pid is at `pidOffset`, or in text.
struct CaptureRule {
  static constexpr size_t MAX_FILES = 8;
  static constexpr size_t TEXT_BYTES = 32;
  uint32_t offset;
  uint32_t value;
  bool isText;
  uint32_t pidOffset;          // only where it is no text
  char contains[TEXT_BYTES];   // empty where any will do
  char pidAfter[TEXT_BYTES];   // a decimal number
  char socketAfter[TEXT_BYTES];
  uint32_t socketRadix;  // 0 where no socket is wanted
  uint32_t fileCount;
  CaptureFile files[MAX_FILES];
};

class ProcessCapture {
 public:
  static constexpr size_t MAX_RULES = 24;

  CaptureRule* addRule() { return count_ < MAX_RULES ? &rules_[count_++] : nullptr; }
  bool isEmpty() const { return count_ == 0; }
  void setProcfs(int fd);
  // Bytes that the captures of one datagram take at most.
  size_t maxBytes() const;
  // Adds to the record that was begun with this datagram. The batch must have room for maxBytes().
  void run(const uint8_t* datagram, size_t bytes, DatagramBatch& batch) const;

 private:
  void captureProcess(const CaptureRule& rule, uint32_t pid, const uint8_t* datagram, size_t bytes,
                      DatagramBatch& batch) const;

  Descriptor procfs_;
  bool hasOurPids_ = false;
  size_t count_ = 0;
  CaptureRule rules_[MAX_RULES];
};
