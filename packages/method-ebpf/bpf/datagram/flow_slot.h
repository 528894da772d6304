// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// From the program that sees a datagram's peer to the one that sees its length: the same thread runs both, one after the other, and other threads
// may use the same socket in between.
#pragma once

#include "../socket/socket_info.h"

// By thread: what found the place in the socket taken by another thread.
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct flow_key);
} flows_in_flight SEC(".maps");

static __always_inline void set_in_flight(struct socket_info *info, const struct flow_key *key, __u32 thread)
{
	__u32 before = __sync_val_compare_and_swap(&info->flow_thread, 0, thread);

	if (!before || before == thread)
		info->flow = *key;
	else if (!bpf_map_update_elem(&flows_in_flight, &thread, key, BPF_ANY))
		info->flow_crowded = 1;
}

// The flow of the datagram that this thread has just sent or received: true where it was seen.
static __always_inline bool take_in_flight(struct socket_info *info, struct flow_key *key, __u32 thread)
{
	struct flow_key *found;

	if (info->flow_thread == thread) {
		*key = info->flow;
		// Not a plain store, so that no other thread writes before the copy is made.
		__sync_val_compare_and_swap(&info->flow_thread, thread, 0);
		return true;
	}
	if (!info->flow_crowded)
		return false;
	found = bpf_map_lookup_elem(&flows_in_flight, &thread);
	if (!found || found->cookie != info->cookie)
		return false;
	*key = *found;
	bpf_map_delete_elem(&flows_in_flight, &thread);
	return true;
}
