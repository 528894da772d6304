// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Every change of every TCP socket's state. Who connects or listens is known here, as the thread that does it is the current one; the ends are
// complete only in on_sockops.
//
// The kernel does not run a program at a tracepoint anew on a processor where it runs already. While one runs, preemption is off, but an interrupt may
// bring packets, and these change the states of other sockets: such a change is passed over. So two programs look at each change. An interrupt comes
// while one of them runs, or neither, and never while another such interrupt is dealt with: of both, one at least sees it, and with one socket they
// run one after the other. What threads do themselves (they connect and listen) is never within an interrupt: for that one program is enough.
#pragma once

#include "pending_connects.h"
#include "tcp_life.h"

static __always_inline void begin_tcp(struct sock *sk, struct tcp_sock *tcp, int new_state)
{
	struct socket_info *info = bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	if (!info)
		return;
	own_socket(sk, tcp, info, bpf_ktime_get_boot_ns());
	if (new_state == TCP_SYN_SENT) {
		note_connect_begun(true);
	} else if (without_sockops) {
		read_tcp_ends(tcp, &info->ends);
		tell_beginning(tcp, info, RECORD_LISTEN, info->begin);
	}
}

static __always_inline void establish_child(struct sock *sk, struct tcp_sock *tcp)
{
	struct socket_info *info = bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	__u64 cookie = bpf_get_socket_cookie(sk);

	// Its own already: it was adopted with its first data (fast open), or both sides connected to one another.
	if (!info || info->cookie == cookie)
		return;
	adopt_child(tcp, info, cookie, bpf_ktime_get_boot_ns());
}

static __always_inline void establish_connect(struct sock *sk, struct tcp_sock *tcp)
{
	struct socket_info *info = bpf_sk_storage_get(&sockets, sk, NULL, 0);

	if (!info || (info->flags & SOCKET_TOLD) || info->cookie != bpf_get_socket_cookie(sk))
		return;
	read_tcp_ends(tcp, &info->ends);
	tell_beginning(tcp, info, RECORD_CONNECT, bpf_ktime_get_boot_ns());
}

static __always_inline void end_tcp(struct sock *sk, struct tcp_sock *tcp, int old_state)
{
	struct socket_info *info = bpf_sk_storage_get(&sockets, sk, NULL, 0);
	bool failed_connect;

	// A child that never stood still has the listener's cookie. Of a socket that has ended all is told, until it begins anew.
	if (!info || (info->flags & SOCKET_ENDED) || info->cookie != bpf_get_socket_cookie(sk))
		return;
	failed_connect = !(info->flags & SOCKET_PASSIVE) && (old_state == TCP_SYN_SENT || old_state == TCP_SYN_RECV);
	if (failed_connect && !(info->flags & SOCKET_TOLD)) {
		// No port or no memory was left for it: no packet went out, and on_connect_exit tells why.
		if (!sk->sk_err) {
			note_connect_begun(false);
			return;
		}
		read_tcp_ends(tcp, &info->ends);
	}
	end_socket(sk, tcp, info, failed_connect, bpf_ktime_get_boot_ns());
}

// What packets bring about, beside what threads do. All of this may be called twice for a change, and then the second call finds it done.
static __always_inline void follow_tcp(struct sock *sk, struct tcp_sock *tcp, int old_state, int new_state)
{
	if (new_state == TCP_CLOSE)
		end_tcp(sk, tcp, old_state);
	else if (old_state == TCP_SYN_RECV)
		establish_child(sk, tcp);
	else
		establish_connect(sk, tcp);
}

static __always_inline bool is_beginning(int new_state)
{
	return new_state == TCP_SYN_SENT || new_state == TCP_LISTEN;
}

static __always_inline bool is_to_follow(int old_state, int new_state)
{
	return new_state == TCP_CLOSE || (old_state == TCP_SYN_RECV && new_state == TCP_ESTABLISHED) || (without_sockops && old_state == TCP_SYN_SENT);
}

// Null for MPTCP's own sockets, which pass here beside their subflows.
static __always_inline struct tcp_sock *as_tcp(struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP ? bpf_skc_to_tcp_sock(sk) : NULL;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_tcp_state, struct sock *sk, int old_state, int new_state)
{
	struct tcp_sock *tcp;

	if (!is_beginning(new_state) && !is_to_follow(old_state, new_state))
		return 0;
	tcp = as_tcp(sk);
	if (!tcp)
		return 0;
	if (is_beginning(new_state))
		begin_tcp(sk, tcp, new_state);
	else
		follow_tcp(sk, tcp, old_state, new_state);
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_tcp_state_again, struct sock *sk, int old_state, int new_state)
{
	struct tcp_sock *tcp;

	if (!is_to_follow(old_state, new_state))
		return 0;
	tcp = as_tcp(sk);
	if (tcp)
		follow_tcp(sk, tcp, old_state, new_state);
	return 0;
}
