// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#pragma once

#include "../shared/identity.h"
#include "../shared/ring.h"

struct ended_process {
	__u64 start;
	__u32 pid;
	__u32 reserved;
};

// Processes with several threads whose end was told: when the last two end at once on two processors, both find that none is left.
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct ended_process);
	__type(value, __u8);
} ended SEC(".maps");

static __always_inline bool is_told(struct task_struct *task)
{
	struct ended_process process = {.start = start_of(BPF_CORE_READ(task, group_leader)), .pid = task->tgid};
	__u8 yes = 1;

	// The only thread left. If it never had another one, there is nothing to be added for others to find.
	if (task->pid == task->tgid && BPF_CORE_READ(task, signal, nr_threads) == 1)
		return bpf_map_lookup_elem(&ended, &process) != 0;
	return bpf_map_update_elem(&ended, &process, &yes, BPF_NOEXIST) != 0;
}

// As waitpid(2) gives it: of the process if something ended it as a whole, else of its first thread.
static __always_inline __u32 exit_status(struct task_struct *task)
{
	if (BPF_CORE_READ(task, signal, flags) & SIGNAL_GROUP_EXIT)
		return BPF_CORE_READ(task, signal, group_exit_code);
	return BPF_CORE_READ(task, group_leader, exit_code);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct exit_record *record;

	if (BPF_CORE_READ(task, signal, live.counter) != 0 || is_told(task))
		return 0;
	record = reserve_record(RECORD_EXIT, sizeof(*record));
	if (!record)
		return 0;
	fill_head(&record->head, RECORD_EXIT, sizeof(*record), task, bpf_ktime_get_boot_ns());
	if (task->flags & PF_KTHREAD)
		record->head.flags |= RECORD_FLAG_KERNEL_THREAD;
	record->status = exit_status(task);
	record->reserved = 0;
	bpf_probe_read_kernel_str(record->comm, sizeof(record->comm), leader->comm);
	submit_record(record);
	return 0;
}
