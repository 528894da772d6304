// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// The life of sockets without connections: made, bound, released. All three run in the process that does it. Each answers 1: nothing is forbidden.
#pragma once

#include "kernel_socket.h"
#include "flow_options.h"
#include "place.h"

static __always_inline bool has_datagrams(__u32 type)
{
	return type == SOCK_DGRAM || type == SOCK_RAW;
}

SEC("cgroup/sock_create")
int on_socket_create(struct bpf_sock *context)
{
	struct socket_info *info;

	if (!has_datagrams(context->type))
		return 1;
	info = bpf_sk_storage_get(&sockets, context, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!info)
		return 1;
	begin_datagram(kernel_socket(context), info, bpf_get_socket_cookie(context), bpf_ktime_get_boot_ns());
	learn_user(info);
	return 1;
}

static __always_inline int note_bind(struct bpf_sock *context)
{
	struct socket_info *info;

	if (!has_datagrams(context->type))
		return 1;
	info = bpf_sk_storage_get(&sockets, context, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!info)
		return 1;
	if (!info->cookie)
		begin_datagram(kernel_socket(context), info, bpf_get_socket_cookie(context), 0);
	learn_user(info);
	place_datagram(kernel_socket(context), info);
	return 1;
}

SEC("cgroup/post_bind4")
int on_bind4(struct bpf_sock *context)
{
	return note_bind(context);
}

SEC("cgroup/post_bind6")
int on_bind6(struct bpf_sock *context)
{
	return note_bind(context);
}

// on_connect_exit cannot reach what is remembered of the socket, so it may stand in the table under other ends than are known here.
static __always_inline void leave_connection(struct sock *sk, struct socket_info *info)
{
	struct socket_ends ends = {};

	read_datagram_ends(sk, &ends);
	if (!is_same(&ends, &info->ends, sizeof(ends)))
		leave_ends(&ends, info->cookie);
}

SEC("cgroup/sock_release")
int on_socket_release(struct bpf_sock *context)
{
	struct socket_info *info;
	__u16 flags = 0;

	if (!has_datagrams(context->type))
		return 1;
	info = bpf_sk_storage_get(&sockets, context, NULL, 0);
	if (!info)
		return 1;
	leave_owners(info);
	if (context->dst_port)
		leave_connection(kernel_socket(context), info);
	// A socket that has exchanged nothing is of no interest.
	if (!(info->flags & SOCKET_TOLD))
		return 1;
	if (!flow_at_egress && info->begin)
		flags |= RECORD_FLAG_COUNTED;
	send_socket_info(RECORD_RELEASE, info, info->inode, flags, 0, bpf_ktime_get_boot_ns());
	return 1;
}
