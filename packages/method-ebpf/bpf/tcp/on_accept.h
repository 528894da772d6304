// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Which process accepted a connection: with several that share a listener, only the return from accept(2) tells. Programs on system calls cannot
// reach a socket's storage, so the owner is left in `owners`: learn_accepter() takes it from there.
#pragma once

#include "../shared/identity.h"
#include "../socket/descriptor.h"
#include "../socket/accepter.h"
#include "../socket/send_socket.h"
#include "mptcp.h"
#include "system_call.h"

struct accepted_connection {
	struct process_identity process;
	struct socket_ends ends;
	__u64 cookie;
	__u64 begin;
	__u32 inode;
	__u32 flags; // RECORD_FLAG_*
};

// The kernel writes a state after the programs on it have run: it may be about to.
static __always_inline bool is_over(struct sock *sk)
{
	for (int i = 0; i < 32; i++) {
		if (BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_CLOSE)
			return true;
	}
	return false;
}

// False where there is nothing to tell.
static __always_inline bool write_accepter(struct accepted_connection *accepted, struct sock *sk)
{
	struct owner_key key;
	struct owner_value *found;

	set_owner_key(&key, &accepted->ends);
	found = bpf_map_lookup_elem(&owners, &key);
	if (found && found->cookie == accepted->cookie) {
		accepted->begin = found->time;
		accepted->flags |= RECORD_FLAG_BEGAN;
		if (!(found->flags & RECORD_FLAG_OF_LISTENER))
			return false;
		set_owner_identity(found, &accepted->process);
		found->inode = accepted->inode;
		return claim_entry(found);
	}
	// Not in the table: it is older than the monitor, was evicted, or the peer has broken it off, and then it was told with its end. It is not added,
	// since nobody might take it out again.
	return !is_over(sk);
}

static __always_inline void send_accept(const struct accepted_connection *accepted, __u64 now)
{
	struct socket_record *record = reserve_record(RECORD_ACCEPT, sizeof(*record));

	if (!record)
		return;
	set_socket_head(&record->head, RECORD_ACCEPT, sizeof(*record), accepted->flags, &accepted->process, now);
	record->ends = accepted->ends;
	record->cookie = accepted->cookie;
	record->begin = accepted->begin;
	record->sent = 0;
	record->received = 0;
	record->error = 0;
	record->inode = accepted->inode;
	submit_record(record);
}

static __always_inline int tell_accept(struct system_call_exit *call)
{
	struct accepted_connection accepted = {};
	struct socket *socket;
	struct sock *sk;
	__u16 protocol;
	__u64 now;

	if (call->result < 0)
		return 0;
	socket = find_socket(call->result);
	if (!socket)
		return 0;
	sk = BPF_CORE_READ(socket, sk);
	protocol = BPF_CORE_READ(sk, sk_protocol);
	if (protocol == IPPROTO_MPTCP) {
		sk = first_subflow(sk);
		accepted.flags |= RECORD_FLAG_MPTCP;
	} else if (protocol != IPPROTO_TCP) {
		return 0;
	}
	read_ends(sk, &accepted.ends);
	if (accepted.ends.family != AF_INET && accepted.ends.family != AF_INET6)
		return 0;
	now = bpf_ktime_get_boot_ns();
	read_identity(bpf_get_current_task_btf(), &accepted.process);
	accepted.cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	accepted.inode = BPF_CORE_READ((struct socket_alloc *)socket, vfs_inode.i_ino);
	if (write_accepter(&accepted, sk))
		send_accept(&accepted, now);
	return 0;
}

SEC("tp/syscalls/sys_exit_accept")
int on_accept(struct system_call_exit *call)
{
	return tell_accept(call);
}

SEC("tp/syscalls/sys_exit_accept4")
int on_accept4(struct system_call_exit *call)
{
	return tell_accept(call);
}
