// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// A connection of MPTCP is a socket without packets of its own, which programs hold, above TCP sockets (subflows), which the kernel holds. What is
// told are the subflows, with the inode and the owner of the socket above.
#pragma once

#include "../kernel/net.h"
#include "../socket/owner_table.h"
#include "../socket/read_ends.h"

static __always_inline bool is_subflow(struct tcp_sock *tcp)
{
	return bpf_core_field_exists(tcp->is_mptcp) && tcp->is_mptcp;
}

// The socket that programs hold: `tcp` itself, unless it is a subflow. To be read by helpers only.
static __always_inline struct sock *held_socket(struct tcp_sock *tcp)
{
	struct mptcp_subflow_context *context;
	struct sock *held = NULL;

	if (!is_subflow(tcp))
		return (struct sock *)tcp;
	context = tcp->inet_conn.icsk_ulp_data;
	bpf_core_read(&held, sizeof(held), &context->conn);
	return held ?: (struct sock *)tcp;
}

// The first subflow of an MPTCP socket, or null. Read by helpers, and to be read by helpers.
static __always_inline struct sock *first_subflow(struct sock *held)
{
	struct sock *first = NULL;

	if (bpf_core_field_exists(((struct mptcp_sock *)held)->first))
		bpf_core_read(&first, sizeof(first), &((struct mptcp_sock *)held)->first);
	return first;
}

// Not the one that connect(2) made or accept(2) gave, but one that joined it.
static __always_inline bool is_further_subflow(struct tcp_sock *tcp)
{
	struct sock *held = held_socket(tcp);

	return held != (struct sock *)tcp && first_subflow(held) != (struct sock *)tcp;
}

// The kernel itself opens and accepts further subflows: their owner is the first one's.
static __always_inline bool inherit_owner(struct sock *held, struct process_identity *owner)
{
	struct sock *first = first_subflow(held);
	struct socket_ends ends = {};
	struct owner_key key;
	struct owner_value *found;

	if (!first)
		return false;
	read_ends(first, &ends);
	set_owner_key(&key, &ends);
	found = bpf_map_lookup_elem(&owners, &key);
	if (!found || (found->flags & (RECORD_FLAG_UNKNOWN_OWNER | RECORD_FLAG_OF_LISTENER)))
		return false;
	get_owner_identity(found, owner);
	return true;
}
