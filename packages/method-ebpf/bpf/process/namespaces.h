// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// The namespaces that a task is in.
#pragma once

#include "../shared/libbpf.h"
#include "../kernel/task.h"

// 0 for a process that has ended.
static __always_inline __u32 netns_of(struct task_struct *task)
{
	struct net___namespace *net = (void *)BPF_CORE_READ(task, nsproxy, net_ns);
	return BPF_CORE_READ(net, ns.inum);
}

// In the innermost namespace: the pid that the process itself sees.
static __always_inline __u32 pid_in_namespace(struct task_struct *leader)
{
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	struct upid *numbers = (void *)pid + bpf_core_field_offset(struct pid, numbers);
	__u32 level = BPF_CORE_READ(pid, level);
	struct upid *last = (void *)numbers + level * bpf_core_type_size(struct upid);

	return BPF_CORE_READ(last, nr);
}
