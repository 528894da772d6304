// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// The socket behind a descriptor of the current process, for programs on system calls. Another thread may change the
// table of descriptors meanwhile, and then nothing or another file is found, but nothing breaks.
#pragma once

#include "../kernel/net.h"
#include "../kernel/task.h"

// Null where the descriptor is not a socket's.
static __always_inline struct socket *find_socket(__u32 fd)
{
	struct files_struct___socket *files = (void *)bpf_get_current_task_btf()->files;
	struct fdtable *table = files->fdt;
	struct file___socket **slots;
	struct file___socket *file = NULL;

	if (fd >= table->max_fds)
		return NULL;
	slots = table->fd;
	bpf_probe_read_kernel(&file, sizeof(file), &slots[fd]);
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	return BPF_CORE_READ(file, private_data);
}
