// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// What a process runs, and where: its executable, its directories, its control group.
#pragma once

#include "cgroup_path.h"
#include "file_times.h"
#include "path.h"
#include "namespaces.h"
#include "../shared/identity.h"

static __always_inline bool is_memfd(struct dentry *dentry, struct vfsmount *mnt, struct super_block *super)
{
	char name[6] = {};

	// In no directory, and not where something is mounted either.
	if (BPF_CORE_READ(super, s_magic) != TMPFS_MAGIC || BPF_CORE_READ(dentry, d_parent) != dentry ||
	    BPF_CORE_READ(mnt, mnt_root) == dentry)
		return false;
	bpf_probe_read_kernel(name, sizeof(name), BPF_CORE_READ(dentry, d_name.name));
	return is_text(name, "memfd:", sizeof(name));
}

static __always_inline void append_executable(struct scratch *scratch, struct file *file)
{
	struct exec_record *record = record_in(scratch);
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct super_block *super = BPF_CORE_READ(inode, i_sb);
	struct vfsmount *mnt = BPF_CORE_READ(file, f_path.mnt);
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);

	record->inode = BPF_CORE_READ(inode, i_ino);
	record->file_size = BPF_CORE_READ(inode, i_size);
	record->links = BPF_CORE_READ(inode, i_nlink);
	record->device = BPF_CORE_READ(super, s_dev);
	fill_file_times(record, inode);
	if (is_memfd(dentry, mnt, super))
		record->head.flags |= RECORD_FLAG_MEMFD;
	else if (is_removed(dentry))
		record->head.flags |= RECORD_FLAG_REMOVED;
	if (append_path(scratch, mnt, dentry) == WALK_CUT)
		record->head.flags |= RECORD_FLAG_PATH_CUT;
	record->path_size = scratch->used;
}

static __always_inline void append_directories(struct scratch *scratch, struct fs_struct *fs)
{
	struct exec_record *record = record_in(scratch);
	struct vfsmount *mnt = BPF_CORE_READ(fs, pwd.mnt);
	struct dentry *dentry = BPF_CORE_READ(fs, pwd.dentry);
	__u32 begin = scratch->used;

	// Of another process, or shared with one: it may have been changed meanwhile, and what was walked be gone.
	if (append_path(scratch, mnt, dentry) == WALK_CUT || BPF_CORE_READ(fs, pwd.dentry) != dentry)
		record->head.flags |= RECORD_FLAG_CWD_CUT;
	if (is_removed(dentry))
		record->head.flags |= RECORD_FLAG_CWD_REMOVED;
	record->cwd_size = scratch->used - begin;

	begin = scratch->used;
	mnt = BPF_CORE_READ(fs, root.mnt);
	dentry = BPF_CORE_READ(fs, root.dentry);
	if (append_path(scratch, mnt, dentry) == WALK_CUT)
		record->head.flags |= RECORD_FLAG_ROOT_CUT;
	// One empty name is the root of a mount namespace: what a process without a root of its own has.
	else if (scratch->used == begin + 1)
		scratch->used = begin;
	record->root_size = scratch->used - begin;
}

static __always_inline void fill_ids(struct exec_record *record, struct task_struct *task)
{
	const struct cred *cred = BPF_CORE_READ(task, real_cred);

	record->parent_start = start_of(BPF_CORE_READ(task, real_parent, group_leader));
	record->real_uid = BPF_CORE_READ(cred, uid.val);
	record->saved_uid = BPF_CORE_READ(cred, suid.val);
	record->real_gid = BPF_CORE_READ(cred, gid.val);
	record->saved_gid = BPF_CORE_READ(cred, sgid.val);
}

// All but the arguments and the environment. Where the leader of a process has ended before its other threads, `task` is one of these.
static __always_inline void fill_process(struct scratch *scratch, struct task_struct *task)
{
	struct exec_record *record = record_in(scratch);
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct css_set *groups = BPF_CORE_READ(task, cgroups);

	__builtin_memset(record, 0, sizeof(*record));
	fill_head(&record->head, RECORD_EXEC, 0, task, bpf_ktime_get_boot_ns());
	fill_ids(record, leader);
	record->ns_pid = pid_in_namespace(leader);
	record->netns = netns_of(task);
	bpf_probe_read_kernel_str(record->comm, sizeof(record->comm), leader->comm);
	if (task->flags & PF_KTHREAD)
		record->head.flags |= RECORD_FLAG_KERNEL_THREAD;
	else if (mm && fs) {
		append_executable(scratch, BPF_CORE_READ(mm, exe_file));
		append_directories(scratch, fs);
	}
	if (groups) {
		__u32 begin = scratch->used;

		append_cgroup(scratch, groups, &record->cgroup_id);
		record->cgroup_size = scratch->used - begin;
	}
}

// Ends the record, and tells its size.
static __always_inline __u32 finish_record(struct scratch *scratch)
{
	__u32 used = scratch->used;
	__u32 size = (sizeof(struct exec_record) + used + 7) & ~7;

	if (used > DATA_MAX - 8)
		return 0;
	// What follows to the next multiple of 8.
	for (int i = 0; i < 8; i++)
		record_in(scratch)->data[used + i] = 0;
	record_in(scratch)->head.size = size;
	return size;
}
