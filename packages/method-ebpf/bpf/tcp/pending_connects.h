// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// What a thread inside of connect(2) has asked for. Kept with the thread: it is the cheapest place, and it goes with it.
#pragma once

#include "../kernel/task.h"
#include "../shared/libbpf.h"

struct pending_connect {
	__u64 time; // when it was entered; 0: the thread is not inside of it, or of no interest there
	__u32 fd;
	__u16 target_port;
	__u8 is_datagram;
	__u8 has_begun; // a TCP connection was begun, so that its failure is told where it happens
	__u8 target[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct pending_connect);
} pending_connects SEC(".maps");

// Only in process context, in the thread that connects.
static __always_inline void note_connect_begun(bool has_begun)
{
	struct pending_connect *pending = bpf_task_storage_get(&pending_connects, bpf_get_current_task_btf(), NULL, 0);

	if (pending)
		pending->has_begun = has_begun;
}
