// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Of the kernel's own types about files and mounts, the fields that the programs read. The loader finds where the running kernel has them.
#pragma once

#include <linux/types.h>

#define TMPFS_MAGIC 0x01021994
#define NAME_MAX_SIZE 256 // of one step of a path, with its zero byte

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
	const unsigned char *name;
};

struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
};

struct inode {
	struct super_block *i_sb;
	unsigned long i_ino;
	unsigned int i_nlink;
	long long i_size;
	__s64 i_mtime_sec;
	__s64 i_ctime_sec;
	__u32 i_mtime_nsec;
	__u32 i_ctime_nsec;
};

struct timespec64 {
	__s64 tv_sec;
	long tv_nsec;
};

// Before Linux 6.11 both parts of a time were in one; those of ctime have this name since 6.6, those of mtime since 6.7.
struct inode___before_6_11 {
	struct timespec64 __i_mtime;
	struct timespec64 __i_ctime;
};

struct inode___before_6_7 {
	struct timespec64 i_mtime;
	struct timespec64 i_ctime;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct dentry {
	struct hlist_bl_node d_hash; // in it no more: the name is gone
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};

struct vfsmount {
	struct dentry *mnt_root;
};

// Around each vfsmount.
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
};

struct fs_struct {
	struct path root;
	struct path pwd;
};

struct linux_binprm {
	int argc;
	const char *filename;
	const char *interp;
};

#pragma clang attribute pop
