// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Where a record of an executable is put together: it is far too large for the stack, and its size is known only at the end.
#pragma once

#include "../shared/libbpf.h"
#include "../shared/records.h"
#include "../kernel/fs.h"

// Bytes of one path: no less than PATH_MAX, whatever the last name's length. Each has its own share, so that a long one hides no other.
#define NAMES_SHARE (4096 + NAME_MAX_SIZE)
#define NAMES_MAX (5 * NAMES_SHARE) // executable, working directory, root, control group, script
#define ARGS_MAX 32768
#define ENV_MAX 32768
#define DATA_MAX (NAMES_MAX + ARGS_MAX + ENV_MAX + 8)

struct scratch {
	__u32 index;
	// Bytes of the record's data. It is kept here and not in a register: so the verifier forgets what it was, and does not follow each of its values.
	__u32 used;
	__u64 record[(sizeof(struct exec_record) + DATA_MAX) / 8];
};

static __always_inline struct exec_record *record_in(struct scratch *scratch)
{
	return (struct exec_record *)scratch->record;
}

// A power of two. A program holds one for some microseconds, a list for as long as memory is read in from a disk.
#define SCRATCHES 16

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SCRATCHES);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

// Those in use: a program may be preempted on its processor, and another one may run there meanwhile. The entry that is added or already
// there is the lock; an atomic exchange would be one too, but not on arm64 before Linux 5.18.
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SCRATCHES);
	__type(key, __u32);
	__type(value, __u32);
} scratches_in_use SEC(".maps");

// An empty one for the caller alone, until it is given back. Null where all are in use.
static __always_inline struct scratch *take_scratch(void)
{
	__u32 first = bpf_get_smp_processor_id();

	for (__u32 i = 0; i < SCRATCHES; i++) {
		__u32 index = (first + i) % SCRATCHES;
		struct scratch *scratch;

		if (bpf_map_update_elem(&scratches_in_use, &index, &index, BPF_NOEXIST))
			continue;
		scratch = bpf_map_lookup_elem(&scratches, &index);
		if (scratch) {
			scratch->index = index;
			scratch->used = 0;
		}
		return scratch;
	}
	return 0;
}

static __always_inline void give_back(struct scratch *scratch)
{
	__u32 index = scratch->index;
	bpf_map_delete_elem(&scratches_in_use, &index);
}
