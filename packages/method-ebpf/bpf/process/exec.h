// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
#pragma once

#include "image.h"
#include "../shared/options.h"
#include "../shared/ring.h"

// Copies memory of the current process, at most `limit` bytes of it. The kernel has just written the arguments and the environment there,
// so that they are in memory.
static __always_inline __u32 append_user(struct scratch *scratch, unsigned long from, __u32 total, __u32 limit, __u32 at_most)
{
	__u32 at = scratch->used;
	__u32 size = total;

	if (at > at_most)
		return 0;
	if (size > limit)
		size = limit;
	if (bpf_probe_read_user(record_in(scratch)->data + at, size, (void *)from))
		return 0;
	scratch->used = at + size;
	return size;
}

// The name by which a script was started; the kernel runs its interpreter.
static __always_inline void append_script(struct scratch *scratch, const char *name)
{
	struct exec_record *record = record_in(scratch);
	__u32 at = scratch->used;
	long length;

	record->head.flags |= RECORD_FLAG_SCRIPT;
	if (at > NAMES_MAX - NAMES_SHARE)
		return;
	length = bpf_probe_read_kernel_str(record->data + at, NAMES_SHARE, name);
	if (length <= 0 || length > NAMES_SHARE)
		return;
	record->script_size = length;
	scratch->used = at + length;
}

static __always_inline void append_strings(struct scratch *scratch, struct mm_struct *mm)
{
	struct exec_record *record = record_in(scratch);
	unsigned long args = BPF_CORE_READ(mm, arg_start);
	unsigned long env = BPF_CORE_READ(mm, env_start);

	record->args_total = BPF_CORE_READ(mm, arg_end) - args;
	record->args_size = append_user(scratch, args, record->args_total, ARGS_MAX, NAMES_MAX);
	if (record->args_size == 0 && record->args_total > 0)
		record->head.flags |= RECORD_FLAG_ARGS_UNREAD;
	else if (record->args_size < record->args_total)
		record->head.flags |= RECORD_FLAG_ARGS_CUT;
	record->env_total = BPF_CORE_READ(mm, env_end) - env;
	if (!collect_env)
		return;
	record->env_size = append_user(scratch, env, record->env_total, ENV_MAX, NAMES_MAX + ARGS_MAX);
	if (record->env_size < record->env_total)
		record->head.flags |= RECORD_FLAG_ENV_CUT;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	struct scratch *scratch = take_scratch();
	struct mm_struct *mm = BPF_CORE_READ(task, mm);

	if (!scratch || !mm) {
		count_record(RECORD_EXEC, true);
		goto out;
	}
	fill_process(scratch, task);
	if (bprm->interp != bprm->filename)
		append_script(scratch, bprm->filename);
	record_in(scratch)->args_count = bprm->argc;
	append_strings(scratch, mm);
	send_record(&record_in(scratch)->head, finish_record(scratch));
out:
	if (scratch)
		give_back(scratch);
	return 0;
}
