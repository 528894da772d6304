// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// How much payload went over a TCP connection, by the kernel's own counters: they know of sendfile, splice and io_uring, and of bytes that
// nobody has read.
#pragma once

#include "../kernel/net.h"
#include "../socket/socket_info.h"

// What was sent at least once, whether or not it arrived. What is still in the queue is not among it.
static __always_inline __u64 tcp_bytes_sent(const struct tcp_sock *tcp)
{
	return tcp->bytes_sent - tcp->bytes_retrans;
}

// What arrived in order, read or not. The peer's FIN has a sequence number, and the kernel counts it as a byte.
static __always_inline __u64 tcp_bytes_received(const struct tcp_sock *tcp)
{
	const struct sock *sk = (const struct sock *)tcp;
	__u64 received = tcp->bytes_received;

	if (received && (sk->__sk_common.skc_flags & (1UL << bpf_core_enum_value(enum sock_flags, SOCK_DONE))))
		received--;
	return received;
}
