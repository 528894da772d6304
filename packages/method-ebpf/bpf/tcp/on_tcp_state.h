// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Every change of every TCP socket's state. Who connects or listens is known here, as the thread that does it is the current one; the ends are
// complete only in on_sockops.
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

	// A child that never stood still has the listener's cookie.
	if (!info || info->cookie != bpf_get_socket_cookie(sk))
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

static __always_inline bool is_of_interest(int old_state, int new_state)
{
	return new_state == TCP_CLOSE || new_state == TCP_SYN_SENT || new_state == TCP_LISTEN ||
	       (old_state == TCP_SYN_RECV && new_state == TCP_ESTABLISHED) || (without_sockops && old_state == TCP_SYN_SENT);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_tcp_state, struct sock *sk, int old_state, int new_state)
{
	struct tcp_sock *tcp;

	if (!is_of_interest(old_state, new_state))
		return 0;
	// MPTCP's own sockets pass here as well, beside their subflows.
	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return 0;
	if (new_state == TCP_SYN_SENT || new_state == TCP_LISTEN)
		begin_tcp(sk, tcp, new_state);
	else if (new_state == TCP_CLOSE)
		end_tcp(sk, tcp, old_state);
	else if (old_state == TCP_SYN_RECV && new_state == TCP_ESTABLISHED)
		establish_child(sk, tcp);
	else
		establish_connect(sk, tcp);
	return 0;
}
