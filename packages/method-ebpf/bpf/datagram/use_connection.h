// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Who sends or receives on a TCP socket owns it: the worker that was handed a connection, or accepted it in a way that no other program sees
// (io_uring, a descriptor sent to it).
#pragma once

#include "../socket/seed_socket.h"
#include "../tcp/on_accept.h"
#include "../tcp/tcp_life.h"

// A connection that waited to be accepted before anybody watched: no list of descriptors has it.
static __always_inline void remember_used(struct sock *sk, struct task_struct *task)
{
	struct process_identity user;
	struct socket_ends ends = {};

	if ((task->flags & PF_KTHREAD) || is_kernel_socket(sk))
		return;
	read_identity(task, &user);
	read_ends_of(sk, &ends, true);
	seed_socket(sk, &ends, &user, bpf_get_socket_cookie(sk), read_socket_inode(sk), bpf_ktime_get_boot_ns());
}

static __always_inline void use_tcp(struct sock *sk)
{
	struct socket_info *info = bpf_sk_storage_get(&sockets, sk, NULL, 0);
	struct task_struct *task = bpf_get_current_task_btf();
	struct process_identity user;
	bool is_untold;
	__u32 inode;
	__u64 now;

	if (!info) {
		remember_used(sk, task);
		return;
	}
	if (task->tgid == info->owner.pid && (info->flags & (SOCKET_PASSIVE | SOCKET_ACCEPTED)) != SOCKET_PASSIVE)
		return;
	// What the kernel does for itself with another's socket changes nothing.
	if ((task->flags & PF_KTHREAD) || (info->flags & SOCKET_KERNEL))
		return;
	// A child that was not adopted still has its listener's cookie, and a closed connection has left the table.
	if (info->cookie != sk->__sk_common.skc_cookie.counter || sk->__sk_common.skc_state == TCP_CLOSE)
		return;
	read_identity(task, &user);
	is_untold = (info->flags & SOCKET_PASSIVE) && claim_accept(info, &user);
	// Over, or the one that accepted it, as it turned out.
	if (!is_untold && ((info->flags & SOCKET_ENDED) || (task->tgid == info->owner.pid && (info->flags & SOCKET_ACCEPTED))))
		return;
	info->owner = user;
	info->flags |= SOCKET_OWNED | SOCKET_ACCEPTED | SOCKET_TOLD;
	now = bpf_ktime_get_boot_ns();
	inode = read_socket_inode(sk);
	add_owner(info, inode, owner_flags_of(info), now);
	// It may have ended meanwhile on another processor: it must not stay in the table.
	if (sk->__sk_common.skc_state == TCP_CLOSE || (info->flags & SOCKET_ENDED))
		remove_owner(info);
	if (is_untold)
		send_socket_info(RECORD_ACCEPT, info, inode, 0, 0, now);
}

// What is remembered of an MPTCP connection is its first subflow's, and cannot be reached from here: as after accept(2), the table passes it on.
static __always_inline void use_mptcp(struct sock *sk)
{
	// Of the socket that programs hold nothing else is remembered than who used it last.
	struct socket_info *info = bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	struct task_struct *task = bpf_get_current_task_btf();
	struct accepted_connection used = { .flags = RECORD_FLAG_MPTCP };
	struct sock *first;
	struct owner_key key;
	struct owner_value *found;

	if (!info || info->owner.pid == task->tgid || (task->flags & PF_KTHREAD))
		return;
	first = first_subflow(sk);
	if (!first)
		return;
	read_identity(task, &info->owner);
	used.process = info->owner;
	used.cookie = BPF_CORE_READ(first, __sk_common.skc_cookie.counter);
	used.inode = read_socket_inode(sk);
	read_ends(first, &used.ends);
	set_owner_key(&key, &used.ends);
	found = bpf_map_lookup_elem(&owners, &key);
	if (!found || found->cookie != used.cookie)
		return;
	if (!(found->flags & RECORD_FLAG_OF_LISTENER))
		set_owner_identity(found, &used.process);
	else if (write_accepter(&used, first))
		send_accept(&used, bpf_ktime_get_boot_ns());
}

static __always_inline void use_connection(struct sock *sk)
{
	if (sk->sk_protocol == IPPROTO_TCP)
		use_tcp(sk);
	else if (sk->sk_protocol == IPPROTO_MPTCP)
		use_mptcp(sk);
}
