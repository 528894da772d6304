// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Where the packets of raw and ICMP sockets go: only the packet tells. It runs for each packet of the machine, so all others leave at once.
#pragma once

#include "flow_slot.h"
#include "kernel_socket.h"
#include "tell_flow.h"

#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86dd
#define IPV4_DESTINATION 16 // bytes from the beginning of the header
#define IPV6_DESTINATION 24
#define IPV6_NEXT_HEADER 6
#define IPV6_HEADER 40
#define UDP_TARGET_PORT 2

static __always_inline bool read_target(struct __sk_buff *packet, __u8 target[16])
{
	__be32 ipv4;

	if (packet->protocol == bpf_htons(ETH_P_IPV6))
		return !bpf_skb_load_bytes(packet, IPV6_DESTINATION, target, 16);
	if (packet->protocol != bpf_htons(ETH_P_IP) || bpf_skb_load_bytes(packet, IPV4_DESTINATION, &ipv4, sizeof(ipv4)))
		return false;
	set_ipv4(target, ipv4);
	return true;
}

// Of a UDP packet. A connected socket may send to others as well, so what it is connected to is no answer. 0 where IPv6 has further headers.
static __always_inline __u16 read_target_port(struct __sk_buff *packet)
{
	__u32 header = IPV6_HEADER;
	__be16 port = 0;
	__u8 byte = 0;

	if (packet->protocol == bpf_htons(ETH_P_IP)) {
		bpf_skb_load_bytes(packet, 0, &byte, 1);
		header = (byte & 0xf) * 4;
	} else if (bpf_skb_load_bytes(packet, IPV6_NEXT_HEADER, &byte, 1) || (byte != IPPROTO_UDP && byte != IPPROTO_UDPLITE)) {
		return 0;
	}
	bpf_skb_load_bytes(packet, header + UDP_TARGET_PORT, &port, sizeof(port));
	return bpf_ntohs(port);
}

static __always_inline bool is_udp(struct bpf_sock *sk)
{
	return sk->type == SOCK_DGRAM && (sk->protocol == IPPROTO_UDP || sk->protocol == IPPROTO_UDPLITE);
}

// Connected UDP sockets pass as well: one that io_uring has connected, or any without on_connect_exit, is not in `owners` before its first packet.
static __always_inline bool is_told_by_packets(struct bpf_sock *sk)
{
	if (sk->type == SOCK_RAW)
		return true;
	if (sk->type != SOCK_DGRAM)
		return false;
	if (is_udp(sk))
		return sk->state == TCP_ESTABLISHED;
	return true;
}

SEC("cgroup_skb/egress")
int on_egress(struct __sk_buff *packet)
{
	struct bpf_sock *sk = packet->sk;
	struct socket_info *info;
	struct flow_key key = {};

	if (!sk)
		return 1;
	sk = bpf_sk_fullsock(sk);
	if (!sk || !is_told_by_packets(sk))
		return 1;
	// What the kernel answers by itself comes from sockets of its own, without storage, and the current process is a bystander.
	info = bpf_sk_storage_get(&sockets, sk, NULL, 0);
	if (!info || !info->cookie)
		return 1;
	if (!is_placed(info))
		place_datagram(kernel_socket(sk), info);
	if ((is_udp(sk) && !flow_at_egress) || !read_target(packet, key.target))
		return 1;
	key.cookie = info->cookie;
	if (is_udp(sk)) {
		key.target_port = read_target_port(packet);
		if (!key.target_port)
			return 1;
	}
	if (flow_at_egress)
		use_flow(info, &key, 0, false);
	else
		set_in_flight(info, &key, bpf_get_current_task_btf()->pid);
	return 1;
}
