// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Sends a record of a socket, of what is remembered of it.
#pragma once

#include "../shared/ring.h"
#include "read_ends.h"
#include "socket_info.h"

static __always_inline void set_socket_head(struct record_head *head, __u16 kind, __u16 size, __u16 flags, const struct process_identity *owner,
					    __u64 now)
{
	head->size = size;
	head->kind = kind;
	head->flags = flags;
	head->time = now;
	head->start = owner->start;
	head->pid = owner->pid;
	head->tid = owner->tid;
	head->ppid = owner->ppid;
	head->uid = owner->uid;
	head->gid = owner->gid;
	head->reserved = 0;
}

// The record's flags that follow from what is remembered.
static __always_inline __u16 record_flags_of(const struct socket_info *info)
{
	__u16 flags = 0;

	if (info->flags & SOCKET_KERNEL)
		flags |= RECORD_FLAG_KERNEL_SOCKET;
	if ((info->flags & SOCKET_PASSIVE) && !(info->flags & SOCKET_ACCEPTED))
		flags |= RECORD_FLAG_OF_LISTENER;
	if (!(info->flags & SOCKET_OWNED))
		flags |= RECORD_FLAG_UNKNOWN_OWNER;
	if (info->flags & SOCKET_MPTCP)
		flags |= RECORD_FLAG_MPTCP;
	if (info->begin)
		flags |= RECORD_FLAG_BEGAN;
	return flags;
}

// Those of them that `owners` has.
static __always_inline __u32 owner_flags_of(const struct socket_info *info)
{
	return record_flags_of(info) & (RECORD_FLAG_KERNEL_SOCKET | RECORD_FLAG_OF_LISTENER | RECORD_FLAG_UNKNOWN_OWNER);
}

// `inode` as read_socket_inode() or the caller knows it. `flags` are RECORD_FLAG_* besides those of record_flags_of(). The bytes are `info`'s.
static __always_inline void send_socket_info(__u16 kind, const struct socket_info *info, __u32 inode, __u16 flags, __u32 error, __u64 now)
{
	struct socket_record *record = reserve_record(kind, sizeof(*record));

	if (!record)
		return;
	set_socket_head(&record->head, kind, sizeof(*record), flags | record_flags_of(info), &info->owner, now);
	record->ends = info->ends;
	record->cookie = info->cookie;
	record->begin = info->begin;
	record->sent = info->sent;
	record->received = info->received;
	record->error = error;
	record->inode = inode;
	submit_record(record);
}

// `sk` may be any pointer to the kernel's socket.
static __always_inline void send_socket_record(__u16 kind, struct sock *sk, const struct socket_info *info, __u16 flags, __u32 error, __u64 now)
{
	send_socket_info(kind, info, read_socket_inode(sk), flags, error, now);
}
