// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Packet sockets (AF_PACKET): one flow each, which has no peer. Control groups do not see them, so they are known from their first use on.
#pragma once

#include "tell_flow.h"

// Each packet socket has a counter of its own per processor, of packets that wait to be sent. The kernel frees it as the socket is closed.
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct packet_ring_buffer___pending {
	unsigned int *pending_refcnt;
};

struct packet_sock___pending {
	struct packet_ring_buffer___pending tx_ring;
};

#pragma clang attribute pop

struct told_packet_socket {
	__u64 info; // address of its struct socket_info, which lives longer than the counter
	__u64 cookie;
};

// By the counter's address.
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct told_packet_socket);
} packet_sockets SEC(".maps");

// How many there are: mostly none.
__u32 packet_sockets_told = 0;

static __always_inline void remember_packet_socket(struct sock *sk, struct socket_info *info)
{
	struct packet_sock___pending *packet = (struct packet_sock___pending *)sk;
	struct told_packet_socket told = { .info = (__u64)info, .cookie = info->cookie };
	unsigned int *counter = NULL;
	__u64 key;

	if (!bpf_core_field_exists(packet->tx_ring.pending_refcnt) || bpf_core_read(&counter, sizeof(counter), &packet->tx_ring.pending_refcnt))
		return;
	key = (__u64)counter;
	if (!bpf_map_update_elem(&packet_sockets, &key, &told, BPF_ANY))
		__sync_fetch_and_add(&packet_sockets_told, 1);
}

static __always_inline void begin_packet(struct sock *sk, struct socket_info *info)
{
	struct packet_sock *packet = (struct packet_sock *)sk;
	__be16 ether_type = 0;

	begin_datagram(sk, info, bpf_get_socket_cookie(sk), 0);
	if (bpf_core_field_exists(packet->num))
		bpf_core_read(&ether_type, sizeof(ether_type), &packet->num);
	info->ends.protocol = bpf_ntohs(ether_type);
	info->ends.source_port = 0;
}

static __always_inline void use_packet_socket(struct sock *sk, int length, bool is_received)
{
	struct socket_info *info;
	struct flow_key key = {};

	if (length < 0)
		return;
	info = bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!info)
		return;
	if (!info->cookie)
		begin_packet(sk, info);
	learn_user(info);
	count_payload(is_received ? &info->received : &info->sent, length);
	key.cookie = info->cookie;
	// Those that only listen are not told.
	if (is_received && !bpf_map_lookup_elem(&flows, &key))
		return;
	if (use_flow(info, &key, length, is_received))
		remember_packet_socket(sk, info);
}

// The socket is closed: its memory, and what is remembered of it, are still there. It runs for all that the kernel frees of this kind of memory, once
// or twice in a process's life.
SEC("tp_btf/percpu_free_percpu")
int BPF_PROG(on_packet_release, void *base, int offset, void *counter)
{
	__u64 key = (__u64)counter;
	struct told_packet_socket *found;
	struct socket_info info;

	if (!packet_sockets_told)
		return 0;
	found = bpf_map_lookup_elem(&packet_sockets, &key);
	if (!found)
		return 0;
	if (!bpf_probe_read_kernel(&info, sizeof(info), (void *)found->info) && info.cookie == found->cookie)
		send_socket_info(RECORD_RELEASE, &info, info.inode, info.flags & SOCKET_LISTED ? 0 : RECORD_FLAG_COUNTED, 0,
				 bpf_ktime_get_boot_ns());
	if (!bpf_map_delete_elem(&packet_sockets, &key))
		__sync_fetch_and_sub(&packet_sockets_told, 1);
	return 0;
}
