// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// All processes that are there, one record each. Memory of other processes may have to be read in from a disk: the program may sleep.
#pragma once

#include "image.h"
#include "../kernel/iter.h"
#include "../shared/options.h"
#include "../shared/ring.h"

// The kernel gives 32 kB to what is written for one process, and fails as a whole when this is not enough.
#define LISTED_MAX 32752
#define TITLE_MAX 4096
#define THREADS_MAX 64

static __always_inline __u32 append_memory(struct scratch *scratch, struct task_struct *task, unsigned long from, __u32 total)
{
	__u32 at = scratch->used;
	__u32 size = total;
	__u32 room;

	if (at > LISTED_MAX - sizeof(struct exec_record))
		return 0;
	room = LISTED_MAX - sizeof(struct exec_record) - at;
	if (size > room)
		size = room;
	if (bpf_copy_from_user_task(record_in(scratch)->data + at, size, (void *)from, task, 0))
		return 0;
	scratch->used = at + size;
	return size;
}

// A process that writes over its arguments, to show what it does (setproctitle), has one string there, which may go on into what was
// its environment. It is known by its arguments' last byte, and /proc/<pid>/cmdline has that string only.
static __always_inline void append_title(struct scratch *scratch, struct task_struct *task, struct mm_struct *mm)
{
	struct exec_record *record = record_in(scratch);
	__u32 at = scratch->used - record->args_size;
	unsigned long args = BPF_CORE_READ(mm, arg_start);
	unsigned long end = BPF_CORE_READ(mm, arg_end);
	unsigned long env_end = BPF_CORE_READ(mm, env_end);
	__u32 size = (BPF_CORE_READ(mm, env_start) == end && env_end > end ? env_end : end) - args;
	long length;

	if (at > NAMES_MAX)
		return;
	if (size > TITLE_MAX - 1)
		size = TITLE_MAX - 1;
	if (bpf_copy_from_user_task(record_in(scratch)->data + at, size, (void *)args, task, 0))
		return;
	record_in(scratch)->data[at + size] = 0;
	// Onto itself: only its length is of interest.
	length = bpf_probe_read_kernel_str(record_in(scratch)->data + at, TITLE_MAX, record_in(scratch)->data + at);
	if (length <= 0 || length > TITLE_MAX)
		return;
	scratch->used = at + length;
	record->args_size = record->args_total = length;
	record->head.flags &= ~RECORD_FLAG_ARGS_CUT;
}

static __always_inline void append_memories(struct scratch *scratch, struct task_struct *task, struct mm_struct *mm)
{
	struct exec_record *record = record_in(scratch);
	unsigned long args = BPF_CORE_READ(mm, arg_start);
	unsigned long args_end = BPF_CORE_READ(mm, arg_end);
	unsigned long env = BPF_CORE_READ(mm, env_start);
	char last = 0;

	record->args_total = args_end - args;
	record->args_size = append_memory(scratch, task, args, record->args_total);
	if (record->args_size == 0 && record->args_total > 0)
		record->head.flags |= RECORD_FLAG_ARGS_UNREAD;
	else if (record->args_size < record->args_total)
		record->head.flags |= RECORD_FLAG_ARGS_CUT;
	if (record->args_size > 0)
		bpf_copy_from_user_task(&last, sizeof(last), (void *)(args_end - 1), task, 0);
	if (last)
		append_title(scratch, task, mm);
	record->env_total = BPF_CORE_READ(mm, env_end) - env;
	if (!collect_env)
		return;
	record->env_size = append_memory(scratch, task, env, record->env_total);
	if (record->env_size < record->env_total)
		record->head.flags |= RECORD_FLAG_ENV_CUT;
}

// The first thread of a process whose leader has ended that still has its memory.
static __always_inline bool stands_for_leader(struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct list_head *end = (void *)signal + bpf_core_field_offset(struct signal_struct, thread_head);
	struct list_head *at = BPF_CORE_READ(end, next);

	for (int i = 0; i < THREADS_MAX && at && at != end; i++) {
		struct task_struct *thread = (void *)at - bpf_core_field_offset(struct task_struct, thread_node);

		if (BPF_CORE_READ(thread, mm))
			return BPF_CORE_READ(thread, pid) == task->pid;
		at = BPF_CORE_READ(at, next);
	}
	return false;
}

// One task for each process.
static __always_inline bool is_listed(struct task_struct *task)
{
	if (task->pid == task->tgid)
		return BPF_CORE_READ(task, mm) || task->flags & PF_KTHREAD || BPF_CORE_READ(task, signal, live.counter) == 0;
	return !BPF_CORE_READ(task, group_leader, mm) && BPF_CORE_READ(task, mm) && stands_for_leader(task);
}

SEC("iter.s/task")
int list_processes(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct scratch *scratch;
	struct mm_struct *mm;
	__u16 flags = RECORD_FLAG_LISTED;

	if (!task || !is_listed(task))
		return 0;
	scratch = take_scratch();
	if (!scratch) {
		count_record(RECORD_EXEC, true);
		return 0;
	}
	mm = BPF_CORE_READ(task, mm);
	fill_process(scratch, task);
	if (mm && !(task->flags & PF_KTHREAD)) {
		append_memories(scratch, task, mm);
		if (BPF_CORE_READ(task, group_leader, flags) & PF_FORKNOEXEC) // each further thread has it
			flags |= RECORD_FLAG_FORKED;
	} else if (!(task->flags & PF_KTHREAD)) {
		flags |= RECORD_FLAG_ZOMBIE;
	}
	record_in(scratch)->head.flags |= flags;
	// It has run another executable meanwhile, or has ended: what was read may be of both, and an event tells the rest.
	if (BPF_CORE_READ(task, mm) == mm)
		bpf_seq_write(ctx->meta->seq, record_in(scratch), finish_record(scratch));
	give_back(scratch);
	return 0;
}
