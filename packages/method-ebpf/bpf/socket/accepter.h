// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Who accepted a connection, and who tells it. accept(2) returns on one processor while on another one the peer breaks the connection off, or a
// second thread uses it already: the entry in `owners` decides, so that it is told once.
#pragma once

#include "owner_table.h"

// Null where it was evicted, or has been removed.
static __always_inline struct owner_value *find_own_entry(const struct socket_info *info)
{
	struct owner_key key;
	struct owner_value *found;

	if (!(info->flags & SOCKET_IN_OWNERS))
		return NULL;
	set_owner_key(&key, &info->ends);
	found = bpf_map_lookup_elem(&owners, &key);
	return found && found->cookie == info->cookie ? found : NULL;
}

// True for one caller only.
static __always_inline bool claim_entry(struct owner_value *entry)
{
	return __sync_fetch_and_and(&entry->flags, ~(__u32)(RECORD_FLAG_OF_LISTENER | RECORD_FLAG_UNKNOWN_OWNER)) & RECORD_FLAG_OF_LISTENER;
}

static __always_inline void take_accepter(struct socket_info *info, const struct owner_value *entry)
{
	get_owner_identity(entry, &info->owner);
	info->inode = entry->inode;
	info->flags |= SOCKET_ACCEPTED | SOCKET_OWNED | SOCKET_TOLD;
}

// The process that accepted a connection was written into the table by a program that cannot reach the socket's own storage. Takes it over.
// True where somebody is known to have accepted it, and a record has said so, or is about to.
static __always_inline bool learn_accepter(struct socket_info *info)
{
	struct owner_value *found;

	if (info->flags & SOCKET_ACCEPTED)
		return true;
	found = find_own_entry(info);
	if (!found || (found->flags & RECORD_FLAG_OF_LISTENER))
		return false;
	take_accepter(info, found);
	return true;
}

// True where nobody has told of a listener's child, and the caller must. `accepter` is who has it now; null at the socket's end.
static __always_inline bool claim_accept(struct socket_info *info, const struct process_identity *accepter)
{
	struct owner_value *found;

	if (info->flags & (SOCKET_ACCEPTED | SOCKET_TOLD))
		return false;
	found = find_own_entry(info);
	if (!found)
		return !accepter || !(info->flags & SOCKET_ENDED);
	// First the owner, then the flag: whoever finds the flag gone takes the owner from here.
	if (accepter && (found->flags & RECORD_FLAG_OF_LISTENER))
		set_owner_identity(found, accepter);
	if (claim_entry(found))
		return true;
	take_accepter(info, found);
	return false;
}
