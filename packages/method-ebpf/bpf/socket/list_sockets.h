// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Writes a record of each descriptor of each process that is a socket, of whatever family, and remembers sockets that are not known yet.
// The kernel leaves out threads that share their descriptors with their process.
#pragma once

#include "../kernel/iter.h"
#include "../shared/identity.h"
#include "../tcp/mptcp.h"
#include "queues.h"
#include "seed_socket.h"
#include "send_socket.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file; // null at the end
};

#pragma clang attribute pop

static __always_inline bool is_ip_family(__u16 family)
{
	return family == AF_INET || family == AF_INET6;
}

// Beyond what the verifier knows of a `struct sock`.
static __always_inline void read_packet_socket(struct sock *sk, struct holder_record *record)
{
	struct packet_sock *packet = (struct packet_sock *)sk;
	__be16 type = 0;
	int index = 0;

	bpf_core_read(&type, sizeof(type), &packet->num);
	bpf_core_read(&index, sizeof(index), &packet->ifindex);
	record->ends.protocol = bpf_ntohs(type);
	record->interface_index = index;
}

static __always_inline void read_holder(struct holder_record *record, struct sock *sk)
{
	struct socket_queues queues = {};
	struct tcp_sock *tcp = NULL;

	read_ends_of(sk, &record->ends, true);
	record->state = sk->__sk_common.skc_state;
	record->interface_index = sk->__sk_common.skc_bound_dev_if;
	if (record->ends.family == AF_PACKET)
		read_packet_socket(sk, record);
	if (is_ip_family(record->ends.family) && record->ends.protocol == IPPROTO_TCP)
		tcp = bpf_skc_to_tcp_sock(sk);
	if (tcp)
		read_tcp_queues(sk, tcp, &queues, true);
	else
		read_datagram_queues(sk, &queues);
	record->receive_queue = queues.receive;
	record->send_queue = queues.send;
	record->cookie = bpf_get_socket_cookie(sk);
}

// Of MPTCP the first subflow is told, as everywhere. The verifier does not know its type, so that it cannot be remembered: a connection that
// is older than the monitor is listed, but has no end.
static __always_inline void read_subflow(struct holder_record *record, struct sock *first)
{
	struct socket_queues queues = {};

	read_ends(first, &record->ends);
	record->state = read_field(false, first, __sk_common.skc_state);
	read_tcp_queues(first, (struct tcp_sock *)first, &queues, false);
	record->receive_queue = queues.receive;
	record->send_queue = queues.send;
	record->cookie = read_field(false, first, __sk_common.skc_cookie.counter);
}

SEC("iter/task_file")
int list_sockets(struct bpf_iter__task_file *step)
{
	struct task_struct *task = step->task;
	struct file *open_file = step->file;
	struct file___socket *file = (struct file___socket *)open_file;
	struct process_identity holder;
	struct holder_record record = {};
	struct socket *socket;
	struct sock *sk, *first = NULL;
	__u16 flags = 0;
	__u64 now;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(open_file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk)
		return 0;
	now = bpf_ktime_get_boot_ns();
	read_identity(task, &holder);
	record.inode = file->f_inode->i_ino;
	record.fd = step->fd;
	record.socket_uid = file->f_inode->i_uid.val;
	if (is_kernel_socket(sk))
		flags |= RECORD_FLAG_KERNEL_SOCKET;
	if (sk->sk_protocol == IPPROTO_MPTCP && is_ip_family(sk->__sk_common.skc_family)) {
		flags |= RECORD_FLAG_MPTCP;
		first = first_subflow(sk);
	}
	if (first)
		read_subflow(&record, first);
	else
		read_holder(&record, sk);
	if (!(flags & RECORD_FLAG_MPTCP) && (is_ip_family(record.ends.family) || record.ends.family == AF_PACKET))
		seed_socket(sk, &record.ends, &holder, record.cookie, record.inode, now);
	set_socket_head(&record.head, 0, sizeof(record), flags, &holder, now);
	bpf_seq_write(step->meta->seq, &record, sizeof(record));
	return 0;
}
