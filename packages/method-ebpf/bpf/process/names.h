// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Paths are found from their end: a file knows its name and its directory, a directory knows its own, and so on up to the root.
#pragma once

#include "scratch.h"

// At most so many names and mounts of one path are followed.
#define STEPS_MAX 64

enum walk {
	WALK_WHOLE,
	WALK_CUT,
};

// Adds a name and its zero byte to the path that starts at `begin`. False where there is no room for it.
static __always_inline bool append_name(struct scratch *scratch, __u32 begin, const void *name)
{
	__u32 at = scratch->used;
	long size;

	// The second is for the verifier, which knows nothing of `begin`.
	if (at - begin > NAMES_SHARE - NAME_MAX_SIZE || at > NAMES_MAX - NAME_MAX_SIZE)
		return false;
	size = bpf_probe_read_kernel_str(record_in(scratch)->data + at, NAME_MAX_SIZE, name);
	if (size <= 0)
		return false;
	scratch->used = at + size;
	return true;
}

// A root has no steps, but an empty name: no name at all means that the path is not known.
static __always_inline bool append_root(struct scratch *scratch)
{
	__u32 at = scratch->used;

	if (at > NAMES_MAX - NAME_MAX_SIZE)
		return false;
	record_in(scratch)->data[at] = 0;
	scratch->used = at + 1;
	return true;
}

// `text` is a literal: what is left of this are comparisons of numbers.
static __always_inline bool is_text(const char *bytes, const char *text, int size)
{
	for (int i = 0; i < size; i++)
		if (bytes[i] != text[i])
			return false;
	return true;
}
