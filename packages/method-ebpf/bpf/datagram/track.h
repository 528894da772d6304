// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// What is remembered of a socket that has no connections: who owns it, and its ends.
#pragma once

#include "../kernel/net.h"
#include "../shared/identity.h"
#include "../socket/read_ends.h"
#include "../socket/socket_info.h"

// Process context only. Whoever uses a socket owns it; what the kernel does for itself with another's socket changes nothing.
// True where the owner has changed.
static __always_inline bool learn_user(struct socket_info *info)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if ((info->flags & SOCKET_OWNED) && task->tgid == info->owner.pid)
		return false;
	if ((task->flags & PF_KTHREAD) || (info->flags & SOCKET_KERNEL))
		return false;
	read_identity(task, &info->owner);
	info->flags |= SOCKET_OWNED;
	return true;
}

// Without a connection the port stays where it is until the socket is gone; as a socket is being bound it is here only.
static __always_inline void read_datagram_ends(struct sock *sk, struct socket_ends *ends)
{
	read_ends(sk, ends);
	ends->source_port = read_field(false, sk, __sk_common.skc_num);
}

// A socket that is seen for the first time. `begin` is 0 where it may be older than whoever watches.
static __always_inline void begin_datagram(struct sock *sk, struct socket_info *info, __u64 cookie, __u64 begin)
{
	info->cookie = cookie;
	info->begin = begin;
	info->inode = read_socket_inode(sk);
	if (is_kernel_socket(sk))
		info->flags |= SOCKET_KERNEL;
	read_datagram_ends(sk, &info->ends);
}
