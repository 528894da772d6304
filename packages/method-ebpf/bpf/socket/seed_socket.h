// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Remembers a socket that began before anybody watched. It has a process that holds it, by a descriptor.
#pragma once

#include "owner_table.h"
#include "read_ends.h"

static __always_inline bool is_connected_or_listening(struct sock *sk)
{
	__u8 state = sk->__sk_common.skc_state;

	return sk->sk_protocol == IPPROTO_TCP && (state == TCP_ESTABLISHED || state == TCP_LISTEN);
}

// `holder` is one that holds it: the first one that is found. What is remembered already stays.
static __always_inline void seed_socket(struct sock *sk, const struct socket_ends *ends, const struct process_identity *holder, __u64 cookie,
					__u32 inode, __u64 now)
{
	struct socket_info *info;

	// Closed sockets of TCP have nothing to be asked for; when they connect they are seen.
	if (ends->protocol == IPPROTO_TCP && sk->__sk_common.skc_state == TCP_CLOSE)
		return;
	info = bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!info)
		return;
	if (info->cookie == cookie) {
		// It stays as it is, if it has been told. If not, it is about to be, or only some of the programs were attached when it began.
		if (info->flags & (SOCKET_TOLD | SOCKET_IN_OWNERS) || !is_connected_or_listening(sk))
			return;
	} else {
		info->owner = *holder;
		info->cookie = cookie;
		info->begin = 0;
		info->sent = 0;
		info->received = 0;
	}
	info->error = 0;
	info->ends = *ends;
	info->flags = SOCKET_OWNED | SOCKET_LISTED | SOCKET_ACCEPTED | SOCKET_TOLD;
	add_owner(info, inode, 0, now);
}
