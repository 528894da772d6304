// libbpf takes an object's types (BTF, Documentation/bpf/btf.rst of the kernel) at their word: it follows their numbers wherever they lead.
#pragma once

#include <stddef.h>
#include <stdint.h>

// True if an object has no types, or such that all their numbers lead somewhere, and none to where it began.
bool areTypesSound(char* object, size_t size);
