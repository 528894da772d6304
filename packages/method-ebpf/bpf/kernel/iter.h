// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// What the kernel gives to the programs that list something: bpf_iter_<what> adds its own fields.
#pragma once

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
};

struct task_struct;
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task; // null at the end
};

#pragma clang attribute pop
