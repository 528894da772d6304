// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// The moments at which a TCP socket's ends are complete: before its SYN leaves, once it listens, and when data came with a SYN. No helper asks for
// the current process here: older kernels refuse that, and with incoming packets it is a bystander.
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

// With fast open a program may accept a connection before the handshake has ended.
static __always_inline void adopt_early_child(struct bpf_sock *sk, __u64 cookie)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	struct socket_info *info;

	if (!tcp || !tcp->fastopen_rsk)
		return;
	info = bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (info)
		adopt_child(tcp, info, cookie, bpf_ktime_get_boot_ns());
}

// Answers 1 and leaves the reply alone: other programs may have one.
SEC("sockops")
int on_sockops(struct bpf_sock_ops *event)
{
	struct bpf_sock *sk;
	__u32 op = event->op;

	if (op != BPF_SOCK_OPS_TCP_CONNECT_CB && op != BPF_SOCK_OPS_TCP_LISTEN_CB && op != BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		return 1;
	sk = event->sk;
	if (!sk)
		return 1;
	if (op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		adopt_early_child(sk, bpf_get_socket_cookie(event));
	else
		complete_beginning(sk, op == BPF_SOCK_OPS_TCP_CONNECT_CB ? RECORD_CONNECT : RECORD_LISTEN);
	return 1;
}
