// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// The moments at which a TCP socket's ends are complete: before its SYN leaves, once it listens, and when a listener's child stands, or had data with
// its SYN. Its end is told here as well, since this program is always run, while on_tcp_state may be passed over. No helper asks for the current
// process here: older kernels refuse that, and with incoming packets it is a bystander.
#pragma once

#include "tcp_life.h"

static __always_inline void complete_beginning(struct bpf_sock *sk, __u16 kind)
{
	struct socket_info *info = bpf_sk_storage_get(&sockets, sk, NULL, 0);
	struct tcp_sock *tcp;

	// Without a beginning nobody knows whose it is: it began before anybody watched.
	if (!info || !info->cookie)
		return;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return;
	read_tcp_ends(tcp, &info->ends);
	tell_beginning(tcp, info, kind, bpf_ktime_get_boot_ns());
}

// From now on each change of the socket's state comes here. Others may have asked for other calls.
static __always_inline void watch_end(struct bpf_sock_ops *event)
{
	bpf_sock_ops_cb_flags_set(event, event->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_STATE_CB_FLAG);
}

// With fast open a program may accept a connection before the handshake has ended: then this comes before it.
static __always_inline void adopt_established(struct bpf_sock *sk, __u64 cookie)
{
	struct socket_info *info = bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	struct tcp_sock *tcp;

	// Its own already: both sides connected to one another.
	if (!info || info->cookie == cookie)
		return;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (tcp)
		adopt_child(tcp, info, cookie, bpf_ktime_get_boot_ns());
}

// What was not told to begin is left to on_tcp_state, which asks the thread that connects.
static __always_inline void end_watched(struct bpf_sock *sk, __u64 cookie, int old_state)
{
	struct socket_info *info = bpf_sk_storage_get(&sockets, sk, NULL, 0);
	struct tcp_sock *tcp;

	if (!is_alive(info, cookie) || (is_failed_connect(info, old_state) && !(info->flags & SOCKET_TOLD)))
		return;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (tcp)
		end_tcp((struct sock *)tcp, tcp, info, old_state);
}

// Answers 1 and leaves the reply alone: other programs may have one.
SEC("sockops")
int on_sockops(struct bpf_sock_ops *event)
{
	struct bpf_sock *sk;

	switch (event->op) {
	case BPF_SOCK_OPS_STATE_CB:
		if (event->args[1] != TCP_CLOSE)
			return 1;
		sk = event->sk;
		if (sk)
			end_watched(sk, bpf_get_socket_cookie(event), event->args[0]);
		return 1;
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
		watch_end(event);
		sk = event->sk;
		if (sk)
			complete_beginning(sk, RECORD_CONNECT);
		return 1;
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		watch_end(event);
		sk = event->sk;
		if (sk)
			adopt_established(sk, bpf_get_socket_cookie(event));
		return 1;
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		sk = event->sk;
		if (sk)
			complete_beginning(sk, RECORD_LISTEN);
		return 1;
	}
	return 1;
}
