// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Each flow is told once: as long as it stands in `flows`, which is where its payload is counted too.
#pragma once

#include "flow_options.h"
#include "place.h"

#define EEXIST 17

// The thread that acts, or, where it cannot be told or acts for the kernel, the owner.
static __always_inline void read_user(const struct socket_info *info, struct process_identity *user)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (flow_at_egress || (task->flags & PF_KTHREAD) || !(info->flags & SOCKET_OWNED)) {
		*user = info->owner;
		// Else the compiler makes one load of both branches', by either pointer, which the verifier refuses.
		barrier();
	} else {
		read_identity(task, user);
	}
}

static __always_inline void send_flow(const struct socket_info *info, const struct flow_key *key, __u16 flags, __u64 now)
{
	struct socket_record *record = reserve_record(RECORD_FLOW, sizeof(*record));
	struct process_identity user;

	if (!record)
		return;
	// Not by way of what is remembered: two processes that share the socket may be writing it at once.
	read_user(info, &user);
	set_socket_head(&record->head, RECORD_FLOW, sizeof(*record), flags | record_flags_of(info), &user, now);
	record->ends = info->ends;
	__builtin_memcpy(record->ends.target, key->target, 16);
	record->ends.target_port = key->target_port;
	record->cookie = info->cookie;
	record->begin = info->begin ? now : 0;
	record->sent = 0;
	record->received = 0;
	record->error = 0;
	record->inode = info->inode;
	submit_record(record);
}

static __always_inline void count_payload(__u64 *counter, __u64 bytes)
{
	if (bytes)
		__sync_fetch_and_add(counter, bytes);
}

// One datagram of a flow, with its payload. The first one is told: then the answer is true.
static __always_inline bool use_flow(struct socket_info *info, const struct flow_key *key, __u64 bytes, bool is_received)
{
	struct flow_value *found = bpf_map_lookup_elem(&flows, key);
	struct flow_value value = {};
	long result;

	if (found) {
		count_payload(is_received ? &found->received : &found->sent, bytes);
		return false;
	}
	value.begin = bpf_ktime_get_boot_ns();
	*(is_received ? &value.received : &value.sent) = bytes;
	result = bpf_map_update_elem(&flows, key, &value, BPF_NOEXIST);
	if (result != -EEXIST) {
		info->flags |= SOCKET_TOLD;
		send_flow(info, key, is_received ? RECORD_FLAG_RECEIVED : 0, value.begin);
		return true;
	}
	// Another thread was quicker.
	found = bpf_map_lookup_elem(&flows, key);
	if (found)
		count_payload(is_received ? &found->received : &found->sent, bytes);
	return false;
}
