// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Who a task is: the process that it belongs to, and whose it is.
// A task here is what a tracepoint with types or bpf_get_current_task_btf() gives: its own numbers are read without a helper's call.
// What it points to is read with one: for each pointer that is followed directly, recent verifiers search all types of the kernel by
// name, which makes loading a millisecond longer.
#pragma once

#include "libbpf.h"
#include "records.h"
#include "../kernel/task.h"
#include "../socket/socket_info.h"

// Of a process: pass a group leader, from wherever its address is.
static __always_inline __u64 start_of(struct task_struct *leader)
{
	struct task_struct___before_5_5 *older = (void *)leader;

	if (bpf_core_field_exists(leader->start_boottime))
		return BPF_CORE_READ(leader, start_boottime);
	return BPF_CORE_READ(older, real_start_time);
}

static __always_inline void read_identity(struct task_struct *task, struct process_identity *identity)
{
	// Not `cred`, which the kernel replaces for a while when it acts for somebody else.
	const struct cred *cred = BPF_CORE_READ(task, real_cred);

	identity->start = start_of(BPF_CORE_READ(task, group_leader));
	identity->pid = task->tgid;
	identity->tid = task->pid;
	identity->ppid = BPF_CORE_READ(task, real_parent, tgid);
	identity->uid = BPF_CORE_READ(cred, euid.val);
	identity->gid = BPF_CORE_READ(cred, egid.val);
	identity->reserved = 0;
}

// Everything of the head; `flags` is none.
static __always_inline void fill_head(struct record_head *head, __u16 kind, __u32 size, struct task_struct *task, __u64 now)
{
	struct process_identity identity;

	read_identity(task, &identity);
	head->size = size;
	head->kind = kind;
	head->flags = 0;
	head->time = now;
	head->start = identity.start;
	head->pid = identity.pid;
	head->tid = identity.tid;
	head->ppid = identity.ppid;
	head->uid = identity.uid;
	head->gid = identity.gid;
	head->reserved = 0;
}
