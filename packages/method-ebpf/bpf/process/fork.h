// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#pragma once

#include "namespaces.h"
#include "../shared/identity.h"
#include "../shared/ring.h"

// When each process last forked: its child may hold what it holds, before anybody has read of it.
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u64);
} last_forks SEC(".maps");

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct fork_record *record;
	__u32 forking = parent->tgid;
	__u64 now;

	// Another thread of a process.
	if (child->pid != child->tgid)
		return 0;
	now = bpf_ktime_get_boot_ns();
	bpf_map_update_elem(&last_forks, &forking, &now, BPF_ANY);
	record = reserve_record(RECORD_FORK, sizeof(*record));
	if (!record)
		return 0;
	fill_head(&record->head, RECORD_FORK, sizeof(*record), child, now);
	if (child->flags & PF_KTHREAD)
		record->head.flags |= RECORD_FLAG_KERNEL_THREAD;
	record->parent_start = start_of(BPF_CORE_READ(child, real_parent, group_leader));
	record->ns_pid = pid_in_namespace(child);
	record->netns = netns_of(child);
	bpf_probe_read_kernel_str(record->comm, sizeof(record->comm), child->comm);
	submit_record(record);
	return 0;
}
