#include "datagram_text.h"

#include <string.h>

namespace {

// No digit of any radix.
constexpr uint32_t NO_DIGIT = 36;

uint32_t digitOf(uint8_t character) {
  if (character >= '0' && character <= '9') return character - '0';
  uint8_t lower = character | 0x20;
  return lower >= 'a' && lower <= 'z' ? lower - 'a' + 10u : NO_DIGIT;
}

}  // namespace

bool hasText(const uint8_t* datagram, size_t bytes, const char* text) {
  return memmem(datagram, bytes, text, strlen(text)) != nullptr;
}

bool numberAfter(const uint8_t* datagram, size_t bytes, const char* text, uint32_t radix, uint64_t* number) {
  size_t textBytes = strlen(text);
  const auto* at = static_cast<const uint8_t*>(memmem(datagram, bytes, text, textBytes));
  if (at == nullptr) return false;
  at += textBytes;
  const uint8_t* first = at;
  const uint8_t* end = datagram + bytes;
  uint64_t value = 0;
  uint32_t digit = NO_DIGIT;
  for (; at < end && (digit = digitOf(*at)) < radix; at++) {
    if (__builtin_mul_overflow(value, static_cast<uint64_t>(radix), &value) ||
        __builtin_add_overflow(value, static_cast<uint64_t>(digit), &value)) {
      return false;
    }
  }
  *number = value;
  return at > first && (at == end || digit == NO_DIGIT);
}
