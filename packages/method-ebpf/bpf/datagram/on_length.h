// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// How much each system call, io_uring's requests and sendfile among them, sent or received: in the thread that did it, of all sockets of the machine.
// TCP counts for itself. Of the rest those of IP and packet sockets are added up here, and the first datagram of a connected one is told.
#pragma once

#include "flow_slot.h"
#include "packet.h"
#include "tell_flow.h"
#include "use_connection.h"

#define MSG_PEEK 0x2
#define MSG_ERRQUEUE 0x2000

static __always_inline bool has_moved(struct sock *sk, const struct socket_info *info)
{
	const struct sock_common *now = &sk->__sk_common;
	__u32 target[4];

	if (!is_placed(info) || info->ends.target_port != bpf_ntohs(now->skc_dport))
		return true;
	if (now->skc_family == AF_INET)
		return *(__u32 *)(info->ends.target + 12) != now->skc_daddr;
	bpf_core_read(target, 16, &now->skc_v6_daddr);
	return !is_same(target, info->ends.target, 16);
}

// The flow of a datagram that no other program has seen. False where nothing tells its peer.
static __always_inline bool find_flow(struct sock *sk, struct socket_info *info, struct flow_key *key, bool is_received)
{
	bool is_udp = sk->sk_protocol == IPPROTO_UDP || sk->sk_protocol == IPPROTO_UDPLITE;

	if (sk->__sk_common.skc_state == TCP_ESTABLISHED) {
		if (has_moved(sk, info))
			place_datagram(sk, info);
		key->cookie = info->cookie;
		__builtin_memcpy(key->target, info->ends.target, 16);
		key->target_port = is_udp && sk->sk_type == SOCK_DGRAM ? info->ends.target_port : 0;
		return true;
	}
	if (!is_udp || info->flow_crowded)
		return false;
	// Who receives without asking from whom (recv, read) is not told by the kernel: one flow with an unknown peer.
	if (is_received) {
		key->cookie = info->cookie;
		if (info->ends.family == AF_INET)
			set_ipv4(key->target, 0);
		return true;
	}
	// More data for a datagram that was begun with MSG_MORE: only its first part comes with an address.
	if (!info->flow.cookie)
		return false;
	*key = info->flow;
	return true;
}

static __always_inline void use_datagram(struct sock *sk, int length, bool is_received, bool is_payload)
{
	struct socket_info *info = bpf_sk_storage_get(&sockets, sk, NULL, 0);
	struct flow_key key = {};
	bool has_flow;

	if (!info && length >= 0)
		info = bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!info)
		return;
	if (!info->cookie)
		begin_datagram(sk, info, bpf_get_socket_cookie(sk), 0);
	// Also what failed, and what was only looked at, leaves its place.
	has_flow = take_in_flight(info, &key, bpf_get_current_task_btf()->pid);
	if (length < 0 || !is_payload)
		return;
	if (learn_user(info) && (info->flags & SOCKET_IN_OWNERS))
		place_datagram(sk, info);
	count_payload(is_received ? &info->received : &info->sent, length);
	if (has_flow || find_flow(sk, info, &key, is_received))
		use_flow(info, &key, length, is_received);
}

static __always_inline void use_socket(struct sock *sk, int length, bool is_received, bool is_payload)
{
	__u16 family = sk->__sk_common.skc_family;

	if (family == AF_INET || family == AF_INET6) {
		if (sk->sk_type == SOCK_STREAM)
			use_connection(sk);
		else if (sk->sk_type == SOCK_DGRAM || sk->sk_type == SOCK_RAW)
			use_datagram(sk, length, is_received, is_payload);
	} else if (family == AF_PACKET && is_payload) {
		use_packet_socket(sk, length, is_received);
	}
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(on_send_length, struct sock *sk, int length, int flags)
{
	use_socket(sk, length, false, true);
	return 0;
}

// What is only looked at comes again, and the queue of errors gives back what was sent.
SEC("tp_btf/sock_recv_length")
int BPF_PROG(on_recv_length, struct sock *sk, int length, int flags)
{
	use_socket(sk, length, true, !(flags & (MSG_PEEK | MSG_ERRQUEUE)));
	return 0;
}
