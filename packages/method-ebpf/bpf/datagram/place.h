// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Where a socket without connections stands in `owners`: with target zero, or, as long as it is connected, with its peer.
#pragma once

#include "../socket/owner_table.h"
#include "../socket/send_socket.h"
#include "track.h"

static __always_inline bool is_same(const void *one, const void *other, __u32 size)
{
	for (__u32 i = 0; i < size / 4; i++)
		if (((const __u32 *)one)[i] != ((const __u32 *)other)[i])
			return false;
	return true;
}

static __always_inline bool is_placed(const struct socket_info *info)
{
	return (info->flags & SOCKET_IN_OWNERS) && info->orphans_seen == orphaned_entries;
}

static __always_inline void leave_owners(struct socket_info *info)
{
	if (!(info->flags & SOCKET_IN_OWNERS))
		return;
	if (!info->ends.target_port) {
		remove_owner(info);
		return;
	}
	info->flags &= ~SOCKET_IN_OWNERS;
	leave_ends(&info->ends, info->cookie);
}

// True where the entry is this socket's, or nobody's any more, and is right now. Another socket with the same ends keeps it.
static __always_inline bool renew_owner(struct socket_info *info)
{
	struct owner_key key;
	struct owner_value *found;

	set_owner_key(&key, &info->ends);
	found = bpf_map_lookup_elem(&owners, &key);
	if (!found)
		return false;
	if (found->cookie != info->cookie && found->cookie)
		return true;
	set_owner_identity(found, &info->owner);
	found->inode = info->inode;
	found->flags = owner_flags_of(info) | (found->flags & RECORD_FLAG_SHARED);
	found->cookie = info->cookie;
	return true;
}

// Writes the socket into `owners` under the ends that it has now.
static __always_inline void place_datagram(struct sock *sk, struct socket_info *info)
{
	struct socket_ends ends = {};

	info->orphans_seen = orphaned_entries;
	read_datagram_ends(sk, &ends);
	if (!is_same(&ends, &info->ends, sizeof(ends))) {
		leave_owners(info);
		info->ends = ends;
	} else if ((info->flags & SOCKET_IN_OWNERS) && renew_owner(info)) {
		return;
	}
	add_owner(info, info->inode, owner_flags_of(info), bpf_ktime_get_boot_ns());
}
