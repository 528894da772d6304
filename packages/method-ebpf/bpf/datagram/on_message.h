// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// The peer of each datagram that a UDP socket sends to an address, or receives with one. The length follows in on_send_length and on_recv_length.
#pragma once

#include "flow_slot.h"
#include "kernel_socket.h"
#include "tell_flow.h"

static __always_inline void note_message(struct bpf_sock_addr *context, struct bpf_sock *sk, struct flow_key *key, bool is_received)
{
	struct socket_info *info = bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	if (!info)
		return;
	if (!info->cookie)
		begin_datagram(kernel_socket(sk), info, bpf_get_socket_cookie(context), 0);
	// A socket that was not bound has its port since a moment ago: it must stand in the table before its datagram leaves.
	if (learn_user(info) || !is_placed(info) || info->ends.source_port != sk->src_port ||
	    info->ends.target_port != bpf_ntohs(sk->dst_port))
		place_datagram(kernel_socket(sk), info);
	key->cookie = info->cookie;
	key->target_port = bpf_ntohs(context->user_port);
	if (flow_at_egress)
		use_flow(info, key, 0, is_received);
	else
		set_in_flight(info, key, bpf_get_current_task_btf()->pid);
}

static __always_inline int note_message4(struct bpf_sock_addr *context, bool is_received)
{
	struct bpf_sock *sk = context->sk;
	struct flow_key key = {};

	if (!sk)
		return 1;
	set_ipv4(key.target, context->user_ip4);
	note_message(context, sk, &key, is_received);
	return 1;
}

static __always_inline int note_message6(struct bpf_sock_addr *context, bool is_received)
{
	struct bpf_sock *sk = context->sk;
	struct flow_key key = {};
	__u32 *words = (__u32 *)key.target;

	if (!sk)
		return 1;
	words[0] = context->user_ip6[0];
	words[1] = context->user_ip6[1];
	words[2] = context->user_ip6[2];
	words[3] = context->user_ip6[3];
	note_message(context, sk, &key, is_received);
	return 1;
}

// Also of IPv6 sockets that send to an IPv4 address.
SEC("cgroup/sendmsg4")
int on_sendmsg4(struct bpf_sock_addr *context)
{
	return note_message4(context, false);
}

SEC("cgroup/sendmsg6")
int on_sendmsg6(struct bpf_sock_addr *context)
{
	return note_message6(context, false);
}

SEC("cgroup/recvmsg4")
int on_recvmsg4(struct bpf_sock_addr *context)
{
	return note_message4(context, true);
}

SEC("cgroup/recvmsg6")
int on_recvmsg6(struct bpf_sock_addr *context)
{
	return note_message6(context, true);
}
