// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// When a file was changed, as stat(2) tells it. A kernel that has these times elsewhere leaves them 0.
#pragma once

#include "../shared/libbpf.h"
#include "../shared/records.h"
#include "../kernel/fs.h"

// Since Linux 6.13 the highest bit beside a ctime's nanoseconds tells that somebody has asked for it (I_CTIME_QUERIED).
#define CTIME_NSEC 0x7fffffff

static __always_inline void fill_file_times(struct exec_record *record, struct inode *inode)
{
	struct inode___before_6_11 *older = (void *)inode;
	struct inode___before_6_7 *oldest = (void *)inode;

	if (bpf_core_field_exists(inode->i_mtime_sec)) {
		record->modified = BPF_CORE_READ(inode, i_mtime_sec);
		record->modified_ns = BPF_CORE_READ(inode, i_mtime_nsec);
	} else if (bpf_core_field_exists(older->__i_mtime)) {
		record->modified = BPF_CORE_READ(older, __i_mtime.tv_sec);
		record->modified_ns = BPF_CORE_READ(older, __i_mtime.tv_nsec);
	} else if (bpf_core_field_exists(oldest->i_mtime)) {
		record->modified = BPF_CORE_READ(oldest, i_mtime.tv_sec);
		record->modified_ns = BPF_CORE_READ(oldest, i_mtime.tv_nsec);
	}
	if (bpf_core_field_exists(inode->i_ctime_sec)) {
		record->changed = BPF_CORE_READ(inode, i_ctime_sec);
		record->changed_ns = BPF_CORE_READ(inode, i_ctime_nsec) & CTIME_NSEC;
	} else if (bpf_core_field_exists(older->__i_ctime)) {
		record->changed = BPF_CORE_READ(older, __i_ctime.tv_sec);
		record->changed_ns = BPF_CORE_READ(older, __i_ctime.tv_nsec);
	} else if (bpf_core_field_exists(oldest->i_ctime)) {
		record->changed = BPF_CORE_READ(oldest, i_ctime.tv_sec);
		record->changed_ns = BPF_CORE_READ(oldest, i_ctime.tv_nsec);
	}
}
