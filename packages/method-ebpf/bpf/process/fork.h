// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#pragma once

#include "namespaces.h"
#include "../shared/identity.h"
#include "../shared/ring.h"

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct fork_record *record;

	// Another thread of a process.
	if (child->pid != child->tgid)
		return 0;
	record = reserve_record(RECORD_FORK, sizeof(*record));
	if (!record)
		return 0;
	fill_head(&record->head, RECORD_FORK, sizeof(*record), child, bpf_ktime_get_boot_ns());
	if (child->flags & PF_KTHREAD)
		record->head.flags |= RECORD_FLAG_KERNEL_THREAD;
	record->parent_start = start_of(BPF_CORE_READ(child, real_parent, group_leader));
	record->ns_pid = pid_in_namespace(child);
	record->netns = netns_of(child);
	bpf_probe_read_kernel_str(record->comm, sizeof(record->comm), child->comm);
	submit_record(record);
	return 0;
}
