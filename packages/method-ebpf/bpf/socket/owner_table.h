// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Puts sockets into `owners`, and takes them out again.
#pragma once

#include "socket_info.h"

static __always_inline void set_owner_key(struct owner_key *key, const struct socket_ends *ends)
{
	key->netns = ends->netns;
	key->protocol = ends->protocol;
	key->source_port = ends->source_port;
	key->target_port = ends->target_port;
	key->reserved = 0;
	__builtin_memcpy(key->source, ends->source, 16);
	__builtin_memcpy(key->target, ends->target, 16);
}

static __always_inline void set_owner_identity(struct owner_value *value, const struct process_identity *identity)
{
	value->start = identity->start;
	value->pid = identity->pid;
	value->tid = identity->tid;
	value->ppid = identity->ppid;
	value->uid = identity->uid;
	value->gid = identity->gid;
}

static __always_inline void get_owner_identity(const struct owner_value *value, struct process_identity *identity)
{
	identity->start = value->start;
	identity->pid = value->pid;
	identity->tid = value->tid;
	identity->ppid = value->ppid;
	identity->uid = value->uid;
	identity->gid = value->gid;
}

// How often an entry lost the socket that it named while others stand behind it: these then look whether it is theirs.
__u32 orphaned_entries = 0;

static __always_inline struct owner_counts *find_owner_counts(void)
{
	__u32 zero = 0;
	return bpf_map_lookup_elem(&owner_changes, &zero);
}

// Writes the owner of a pair of ends. Another socket's entry becomes this one's, and is marked as shared: only sockets with SO_REUSEPORT, or
// those of one process after the other with SO_REUSEADDR, have the same ends. `flags` are RECORD_FLAG_*; those of the entry are returned.
static __always_inline __u32 add_owner_of(const struct socket_ends *ends, const struct process_identity *identity, __u64 cookie, __u32 inode,
					  __u32 flags, __u64 now)
{
	struct owner_value value = { .cookie = cookie, .time = now, .flags = flags, .family = ends->family, .inode = inode };
	struct owner_counts *changes = find_owner_counts();
	struct owner_key key;
	struct owner_value *found;

	set_owner_key(&key, ends);
	set_owner_identity(&value, identity);
	if (!bpf_map_update_elem(&owners, &key, &value, BPF_NOEXIST)) {
		if (changes)
			__sync_fetch_and_add(&changes->added, 1);
		return flags;
	}
	found = bpf_map_lookup_elem(&owners, &key);
	if (!found)
		return flags;
	if (found->cookie != cookie) {
		flags |= RECORD_FLAG_SHARED;
		found->sharers++;
		found->cookie = cookie;
		found->time = now;
	} else {
		flags |= found->flags & RECORD_FLAG_SHARED;
	}
	set_owner_identity(found, identity);
	found->flags = flags;
	found->inode = inode;
	return flags;
}

// True where it was there.
static __always_inline bool withdraw_owner(const struct owner_key *key)
{
	struct owner_counts *changes = find_owner_counts();

	if (bpf_map_delete_elem(&owners, key))
		return false;
	if (changes)
		__sync_fetch_and_add(&changes->removed, 1);
	return true;
}

// Takes a socket's entry away. Where other sockets have the same ends the entry stays until the last of them has gone; whose it is then is not
// known. An entry that is missing was evicted by others, which is counted.
static __always_inline void remove_owner_of(const struct socket_ends *ends, __u64 cookie)
{
	struct owner_counts *changes = find_owner_counts();
	struct owner_key key;
	struct owner_value *found;

	set_owner_key(&key, ends);
	found = bpf_map_lookup_elem(&owners, &key);
	if (!found) {
		if (changes)
			__sync_fetch_and_add(&changes->evicted, 1);
		return;
	}
	if (found->sharers) {
		found->sharers--;
		if (found->cookie == cookie) {
			const struct process_identity nobody = {};

			found->cookie = 0;
			set_owner_identity(found, &nobody);
			found->flags |= RECORD_FLAG_UNKNOWN_OWNER;
			__sync_fetch_and_add(&orphaned_entries, 1);
		}
		return;
	}
	// With another's cookie it is an entry that was made after an eviction, or, without one, the last of those that shared it.
	if (found->cookie != cookie && found->cookie) {
		if (changes)
			__sync_fetch_and_add(&changes->evicted, 1);
		return;
	}
	withdraw_owner(&key);
}

// Of a datagram socket: connect(2) takes the entry away when it is connected anew. With an entry that is missing nothing was evicted.
static __always_inline void leave_ends(const struct socket_ends *ends, __u64 cookie)
{
	struct owner_key key;
	struct owner_value *found;

	set_owner_key(&key, ends);
	found = bpf_map_lookup_elem(&owners, &key);
	if (found && (found->cookie == cookie || found->sharers))
		remove_owner_of(ends, cookie);
}

// Puts a socket into the table under `info->ends`, or renews its owner there. To move it to other ends, remove it first.
// Nothing happens without a source port: such a socket cannot be asked for.
static __always_inline __u32 add_owner(struct socket_info *info, __u32 inode, __u32 flags, __u64 now)
{
	info->inode = inode;
	if (!info->ends.source_port)
		return flags;
	info->flags |= SOCKET_IN_OWNERS;
	return add_owner_of(&info->ends, &info->owner, info->cookie, inode, flags, now);
}

static __always_inline void remove_owner(struct socket_info *info)
{
	if (!(info->flags & SOCKET_IN_OWNERS))
		return;
	info->flags &= ~SOCKET_IN_OWNERS;
	remove_owner_of(&info->ends, info->cookie);
}

// Of a TCP connection, which shares its ends with no other: without looking whose the entry is.
static __always_inline void remove_connection(struct socket_info *info)
{
	struct owner_counts *changes;
	struct owner_key key;

	if (!(info->flags & SOCKET_IN_OWNERS))
		return;
	info->flags &= ~SOCKET_IN_OWNERS;
	set_owner_key(&key, &info->ends);
	if (withdraw_owner(&key))
		return;
	changes = find_owner_counts();
	if (changes)
		__sync_fetch_and_add(&changes->evicted, 1);
}
