// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// How much waits in a socket, as /proc/net/tcp, udp and raw show it.
#pragma once

#include "../kernel/net.h"
#include "read_ends.h"

struct socket_queues {
	__u32 receive;
	__u32 send;
};

// A listener's is how many connections wait to be accepted. `is_typed` as in read_ends.h.
static __always_inline void read_tcp_queues(struct sock *sk, struct tcp_sock *tcp, struct socket_queues *queues, const bool is_typed)
{
	__s32 waiting;

	if (read_field(is_typed, sk, __sk_common.skc_state) == TCP_LISTEN) {
		queues->receive = read_field(is_typed, sk, sk_ack_backlog);
		return;
	}
	waiting = read_field(is_typed, tcp, rcv_nxt) - read_field(is_typed, tcp, copied_seq);
	// What is read while this looks makes the difference negative.
	queues->receive = waiting > 0 ? waiting : 0;
	queues->send = read_field(is_typed, tcp, write_seq) - read_field(is_typed, tcp, snd_una);
}

static __always_inline void read_datagram_queues(struct sock *sk, struct socket_queues *queues)
{
	__s32 waiting = sk->sk_backlog.rmem_alloc.counter;

	// Memory that a UDP socket gives back later.
	if (sk->sk_protocol == IPPROTO_UDP || sk->sk_protocol == IPPROTO_UDPLITE)
		waiting -= read_field(false, (struct udp_sock *)sk, forward_deficit);
	queues->receive = waiting > 0 ? waiting : 0;
	// The socket itself holds one.
	queues->send = sk->sk_wmem_alloc.refs.counter - 1;
}
