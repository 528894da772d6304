// Numbers in datagrams that are text, as audit's. Nothing beyond the given bytes is read, whatever is in them; it takes time in line with their count.
#pragma once

#include <stddef.h>
#include <stdint.h>

bool hasText(const uint8_t* datagram, size_t bytes, const char* text);

// The number right after the first place of `text`: digits of that radix, 10 or 16 (of either case), up to what is neither digit nor letter, or up
// to the end. False where there is no such place, no such number, or it does not fit.
bool numberAfter(const uint8_t* datagram, size_t bytes, const char* text, uint32_t radix, uint64_t* number);
