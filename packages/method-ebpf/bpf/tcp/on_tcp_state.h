// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Every change of every TCP socket's state. Who connects or listens is known here, as the thread that does it is the current one; the ends are
// complete only in on_sockops.
//
// The kernel does not run a program at a tracepoint while it runs on the same processor already. That happens when an interrupt brings packets
// meanwhile: what these change is passed over here, and told by on_sockops, which has no such limit. To connect and to listen is never among it:
// threads do that, preemption is off while the program runs, and so no thread comes in between. Passed over is the interrupt's run, not the
// thread's. What is left to this program alone is the end of listeners, which is a thread's doing as well, of connects that fail before on_sockops
// has told of them, likewise, and of connections that are older than on_sockops: of these very few may be lost.
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

	// Its own already: on_sockops has adopted it, or both sides connected to one another.
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

// True where on_sockops tells the end. Not with a connect that fails: a socket that connects anew is in its care before that is told to begin.
static __always_inline bool is_end_told(const struct tcp_sock *tcp, int old_state)
{
	return !without_sockops && old_state != TCP_SYN_SENT && old_state != TCP_SYN_RECV && (tcp->bpf_sock_ops_cb_flags & BPF_SOCK_OPS_STATE_CB_FLAG);
}

static __always_inline void close_tcp(struct sock *sk, struct tcp_sock *tcp, int old_state)
{
	struct socket_info *info;

	if (is_end_told(tcp, old_state))
		return;
	info = bpf_sk_storage_get(&sockets, sk, NULL, 0);
	if (!is_alive(info, bpf_get_socket_cookie(sk)))
		return;
	// No port or no memory was left for it: no packet went out, and on_connect_exit tells why.
	if (is_failed_connect(info, old_state) && !(info->flags & SOCKET_TOLD) && !sk->sk_err)
		note_connect_begun(false);
	else
		end_tcp(sk, tcp, info, old_state);
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
		close_tcp(sk, tcp, old_state);
	else if (old_state == TCP_SYN_RECV && new_state == TCP_ESTABLISHED)
		establish_child(sk, tcp);
	else
		establish_connect(sk, tcp);
	return 0;
}
