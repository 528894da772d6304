// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// The life of a TCP socket: what is remembered, written into the table of owners and told as it begins and ends.
#pragma once

#include "../kernel/net.h"
#include "../shared/identity.h"
#include "../socket/accepter.h"
#include "../socket/send_socket.h"
#include "mptcp.h"
#include "payload.h"

// Set where neither accept(2) nor the use of sockets can be watched: a connection is then told once it stands, with the listener's process.
const volatile bool accept_at_handshake = false;

// Set where on_sockops is not attached. A connection is then told, and found by its ends, only once the peer has answered; a listener that chose
// no port has none yet when it is told.
const volatile bool without_sockops = false;

#define ECANCELED 125

static __always_inline void forget_past(struct socket_info *info, __u64 cookie, __u64 now)
{
	info->cookie = cookie;
	info->begin = now;
	info->sent = 0;
	info->received = 0;
	info->error = 0;
}

// A process begins to connect or to listen: only in its context.
static __always_inline void own_socket(struct sock *sk, struct tcp_sock *tcp, struct socket_info *info, __u64 now)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct sock *held = held_socket(tcp);
	__u32 flags = SOCKET_OWNED;

	remove_owner(info);
	forget_past(info, bpf_get_socket_cookie(sk), now);
	read_identity(task, &info->owner);
	if (is_kernel_socket(held))
		flags |= SOCKET_KERNEL;
	if (held != sk)
		flags |= SOCKET_MPTCP;
	if (held != sk && (task->flags & PF_KTHREAD) && !(flags & SOCKET_KERNEL) && !inherit_owner(held, &info->owner))
		flags &= ~SOCKET_OWNED;
	info->flags = flags;
}

// Both ends are known: the socket can be asked for from now on.
static __always_inline void tell_beginning(struct tcp_sock *tcp, struct socket_info *info, __u16 kind, __u64 now)
{
	__u32 inode = read_socket_inode(held_socket(tcp));
	__u32 flags = add_owner(info, inode, owner_flags_of(info), now);

	info->flags |= SOCKET_TOLD;
	send_socket_info(kind, info, inode, flags & RECORD_FLAG_SHARED, 0, now);
}

// A listener's child, with a copy of what is remembered of the listener, becomes a socket of its own.
static __always_inline void adopt_child(struct tcp_sock *tcp, struct socket_info *info, __u64 cookie, __u64 now)
{
	__u32 flags = info->flags & (SOCKET_OWNED | SOCKET_KERNEL);
	__u32 inode = 0;

	flags |= SOCKET_PASSIVE;
	if (is_subflow(tcp)) {
		flags |= SOCKET_MPTCP;
		inode = read_socket_inode(held_socket(tcp));
		// No accept(2) will ever give it to anybody.
		if (is_further_subflow(tcp) && inherit_owner(held_socket(tcp), &info->owner))
			flags |= SOCKET_OWNED | SOCKET_ACCEPTED;
	}
	forget_past(info, cookie, now);
	info->flags = flags;
	read_tcp_ends(tcp, &info->ends);
	add_owner(info, inode, owner_flags_of(info), now);
	if (accept_at_handshake || (flags & SOCKET_ACCEPTED)) {
		info->flags |= SOCKET_TOLD;
		send_socket_info(RECORD_ACCEPT, info, inode, 0, 0, now);
	}
}

// False of a child that never stood still, since it has the listener's cookie, and of what has been told to end, until it begins anew: two programs
// see most ends.
static __always_inline bool is_alive(const struct socket_info *info, __u64 cookie)
{
	return info && info->cookie == cookie && !(info->flags & SOCKET_ENDED);
}

// It has never been connected, though it tried to.
static __always_inline bool is_failed_connect(const struct socket_info *info, int old_state)
{
	return !(info->flags & SOCKET_PASSIVE) && (old_state == TCP_SYN_SENT || old_state == TCP_SYN_RECV);
}

static __always_inline void end_socket(struct sock *sk, struct tcp_sock *tcp, struct socket_info *info, bool failed_connect, __u64 now)
{
	info->flags |= SOCKET_ENDED;
	info->sent = tcp_bytes_sent(tcp);
	info->received = tcp_bytes_received(tcp);
	if (!info->inode)
		info->inode = read_socket_inode(held_socket(tcp));
	if (failed_connect) {
		// Without an error it was given up: closed, or its process ended, before the peer answered.
		info->error = sk->sk_err ?: ECANCELED;
		if ((info->flags & SOCKET_TOLD) || sk->sk_err) {
			send_socket_info(RECORD_CONNECT, info, info->inode, 0, info->error, now);
			info->flags |= SOCKET_TOLD;
		}
	}
	if ((info->flags & SOCKET_PASSIVE) && claim_accept(info, NULL)) {
		send_socket_info(RECORD_ACCEPT, info, info->inode, 0, 0, now);
		info->flags |= SOCKET_TOLD;
	}
	if (info->ends.target_port)
		remove_connection(info);
	else
		remove_owner(info);
	if (info->flags & SOCKET_TOLD)
		send_socket_info(RECORD_CLOSE, info, info->inode, RECORD_FLAG_COUNTED, info->error, now);
	// The same socket may connect again.
	info->flags &= ~(SOCKET_TOLD | SOCKET_PASSIVE | SOCKET_ACCEPTED);
}

// Of a socket that is alive.
static __always_inline void end_tcp(struct sock *sk, struct tcp_sock *tcp, struct socket_info *info, int old_state)
{
	bool failed_connect = is_failed_connect(info, old_state);

	if (failed_connect && !(info->flags & SOCKET_TOLD))
		read_tcp_ends(tcp, &info->ends);
	end_socket(sk, tcp, info, failed_connect, bpf_ktime_get_boot_ns());
}
