// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// The path of a file, as a link in /proc shows it to a reader who is not locked up in a directory: from the root of the mount
// namespace that the file is in, through all mounts, whatever the root directory of the process is.
#pragma once

#include "names.h"

static __always_inline struct mount *mount_around(struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

// Not static: so it is verified once, and not again at each of its calls. Such a function takes addresses as numbers only.
__noinline int walk_path(struct scratch *scratch, __u64 mnt_address, __u64 dentry_address)
{
	struct vfsmount *mnt = (void *)mnt_address;
	struct dentry *dentry = (void *)dentry_address;
	struct mount *mount = mount_around(mnt);
	struct dentry *root = BPF_CORE_READ(mnt, mnt_root);
	__u32 begin;

	if (!scratch)
		return WALK_CUT;
	begin = scratch->used;
	for (int i = 0; i < STEPS_MAX; i++) {
		struct dentry *parent;

		if (dentry == root) {
			struct mount *above = BPF_CORE_READ(mount, mnt_parent);

			if (!above || above == mount)
				return scratch->used != begin || append_root(scratch) ? WALK_WHOLE : WALK_CUT;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			root = BPF_CORE_READ(above, mnt.mnt_root);
			mount = above;
			continue;
		}
		parent = BPF_CORE_READ(dentry, d_parent);
		// A file that is in no directory, such as a memfd, has a name all the same. Further up this is where a directory was moved
		// out of what is mounted.
		if (parent == dentry && i > 0)
			return WALK_WHOLE;
		if (!append_name(scratch, begin, BPF_CORE_READ(dentry, d_name.name)))
			return WALK_CUT;
		if (parent == dentry)
			return WALK_WHOLE;
		dentry = parent;
	}
	return WALK_CUT;
}

static __always_inline enum walk append_path(struct scratch *scratch, struct vfsmount *mnt, struct dentry *dentry)
{
	return walk_path(scratch, (__u64)mnt, (__u64)dentry);
}

static __always_inline bool is_removed(struct dentry *dentry)
{
	return !BPF_CORE_READ(dentry, d_hash.pprev) && BPF_CORE_READ(dentry, d_parent) != dentry;
}
