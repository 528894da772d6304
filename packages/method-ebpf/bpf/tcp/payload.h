// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// How much payload went over a TCP connection, by the kernel's own counters: they know of sendfile, splice and io_uring, and of bytes that
// nobody has read.
#pragma once

#include "../kernel/net.h"
#include "../socket/socket_info.h"
#include "mptcp.h"

// Above a subflow of MPTCP, else null. To be read by helpers only.
static __always_inline struct mptcp_sock *connection_above(const struct tcp_sock *tcp)
{
	struct sock *held = held_socket((struct tcp_sock *)tcp);

	return held == (const struct sock *)tcp ? NULL : (struct mptcp_sock *)held;
}

// MPTCP sends some bytes again as new bytes of a subflow, and so it probes a window that is shut. But no subflow carries more payload than all
// of its connection.
static __always_inline __u64 without_repeats(__u64 bytes, __u64 of_connection)
{
	return bytes < of_connection ? bytes : of_connection;
}

// What was sent at least once, whether or not it arrived. What is still in the queue is not among it.
static __always_inline __u64 tcp_bytes_sent(const struct tcp_sock *tcp)
{
	struct mptcp_sock *connection = connection_above(tcp);
	__u64 sent = tcp->bytes_sent - tcp->bytes_retrans;
	__u64 of_connection = sent;

	if (connection && bpf_core_field_exists(connection->bytes_sent))
		bpf_core_read(&of_connection, sizeof(of_connection), &connection->bytes_sent);
	return without_repeats(sent, of_connection);
}

// What arrived in order, read or not. The peer's FIN has a sequence number, and the kernel counts it as a byte.
static __always_inline __u64 tcp_bytes_received(const struct tcp_sock *tcp)
{
	const struct sock *sk = (const struct sock *)tcp;
	struct mptcp_sock *connection = connection_above(tcp);
	__u64 received = tcp->bytes_received;
	__u64 of_connection;

	if (received && (sk->__sk_common.skc_flags & (1UL << bpf_core_enum_value(enum sock_flags, SOCK_DONE))))
		received--;
	of_connection = received;
	if (connection && bpf_core_field_exists(connection->bytes_received))
		bpf_core_read(&of_connection, sizeof(of_connection), &connection->bytes_received);
	return without_repeats(received, of_connection);
}
