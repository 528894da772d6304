// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// connect(2): what fails before a packet leaves is known only to the system call, and so are the ends of a connected datagram socket.
#pragma once

#include "../shared/identity.h"
#include "../socket/descriptor.h"
#include "../socket/owner_table.h"
#include "../socket/send_socket.h"
#include "pending_connects.h"
#include "system_call.h"

#define EINTR 4
#define EISCONN 106
#define EALREADY 114
#define EINPROGRESS 115
#define ERESTARTSYS 512 // and greater: a signal came, and programs never see these numbers

// As a program gives an address: sockaddr_in, or sockaddr_in6.
struct asked_address {
	__u16 family;
	__be16 port;
	__be32 ipv4; // of sockaddr_in6 the flow label
	__u8 ipv6[16];
};

static __always_inline bool read_asked_address(const void *address, __u64 size, struct pending_connect *pending)
{
	struct asked_address asked = {};

	if (size < 16)
		return false;
	if (bpf_probe_read_user(&asked, size < sizeof(asked) ? 16 : sizeof(asked), address))
		return false;
	if (asked.family == AF_INET)
		set_ipv4(pending->target, asked.ipv4);
	else if (asked.family == AF_INET6 && size >= sizeof(asked))
		__builtin_memcpy(pending->target, asked.ipv6, 16);
	else
		return false;
	pending->target_port = bpf_ntohs(asked.port);
	return true;
}

static __always_inline bool is_ip_socket(struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	return family == AF_INET || family == AF_INET6;
}

// A socket that is connected anew leaves its old ends.
static __always_inline void leave_datagram_ends(struct sock *sk)
{
	struct socket_ends ends = {};

	read_ends(sk, &ends);
	if (ends.target_port)
		leave_ends(&ends, BPF_CORE_READ(sk, __sk_common.skc_cookie.counter));
}

static __always_inline void enter_datagram_ends(struct socket *socket, struct sock *sk, __u64 now)
{
	struct process_identity process;
	struct socket_ends ends = {};
	__u64 cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);

	read_ends(sk, &ends);
	if (!ends.target_port || !cookie)
		return;
	read_identity(bpf_get_current_task_btf(), &process);
	add_owner_of(&ends, &process, cookie, BPF_CORE_READ((struct socket_alloc *)socket, vfs_inode.i_ino), 0, now);
}

SEC("tp/syscalls/sys_enter_connect")
int on_connect_enter(struct system_call_enter *call)
{
	struct pending_connect *pending;
	struct socket *socket;
	struct sock *sk;
	__u16 type;

	socket = find_socket(call->arguments[0]);
	if (!socket)
		return 0;
	sk = BPF_CORE_READ(socket, sk);
	if (!is_ip_socket(sk))
		return 0;
	type = BPF_CORE_READ(sk, sk_type);
	// A second call for a connection that is being made asks how it is getting on.
	if (type != SOCK_DGRAM && (type != SOCK_STREAM || BPF_CORE_READ(socket, state) == SS_CONNECTING))
		return 0;
	pending = bpf_task_storage_get(&pending_connects, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!pending)
		return 0;
	if (type == SOCK_DGRAM)
		leave_datagram_ends(sk);
	else if (!read_asked_address((const void *)call->arguments[1], call->arguments[2], pending))
		return 0;
	pending->is_datagram = type == SOCK_DGRAM;
	pending->has_begun = false;
	pending->fd = call->arguments[0];
	pending->time = bpf_ktime_get_boot_ns();
	return 0;
}

static __always_inline bool is_failure(__s64 result)
{
	return result < 0 && result > -ERESTARTSYS && result != -EINTR && result != -EISCONN && result != -EALREADY && result != -EINPROGRESS;
}

static __always_inline void tell_failure(struct socket *socket, struct sock *sk, const struct pending_connect *pending, __u32 error, __u64 now)
{
	struct socket_info info = { .begin = pending->time, .flags = SOCKET_OWNED };
	__u32 protocol = BPF_CORE_READ(sk, sk_protocol);

	if (protocol == IPPROTO_MPTCP)
		info.flags |= SOCKET_MPTCP;
	else if (protocol != IPPROTO_TCP)
		return;
	read_identity(bpf_get_current_task_btf(), &info.owner);
	read_ends(sk, &info.ends);
	info.ends.protocol = IPPROTO_TCP;
	info.ends.target_port = pending->target_port;
	__builtin_memcpy(info.ends.target, pending->target, 16);
	info.cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
	send_socket_info(RECORD_CONNECT, &info, BPF_CORE_READ((struct socket_alloc *)socket, vfs_inode.i_ino), 0, error, now);
}

SEC("tp/syscalls/sys_exit_connect")
int on_connect_exit(struct system_call_exit *call)
{
	struct pending_connect *found = bpf_task_storage_get(&pending_connects, bpf_get_current_task_btf(), NULL, 0);
	struct pending_connect pending;
	struct socket *socket;

	if (!found || !found->time)
		return 0;
	pending = *found;
	found->time = 0;
	if (!pending.is_datagram && (pending.has_begun || !is_failure(call->result)))
		return 0;
	socket = find_socket(pending.fd);
	if (!socket)
		return 0;
	if (pending.is_datagram)
		enter_datagram_ends(socket, BPF_CORE_READ(socket, sk), bpf_ktime_get_boot_ns());
	else
		tell_failure(socket, BPF_CORE_READ(socket, sk), &pending, -call->result, bpf_ktime_get_boot_ns());
	return 0;
}
