// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Writes a record (kind 0) of each connection, listener and socket that is remembered, with its bytes until now.
#pragma once

#include "../kernel/iter.h"
#include "../tcp/payload.h"
#include "accepter.h"
#include "send_socket.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct bpf_iter__bpf_sk_storage_map {
	struct bpf_iter_meta *meta;
	struct sock *sk; // null at the end
	struct socket_info *value;
};

#pragma clang attribute pop

SEC("iter/bpf_sk_storage_map")
int list_traffic(struct bpf_iter__bpf_sk_storage_map *step)
{
	struct sock *sk = step->sk;
	struct socket_info *info = step->value;
	struct socket_record record = {};
	struct tcp_sock *tcp;

	if (!sk || !info)
		return 0;
	// A child that has not been adopted yet has its listener's cookie; what is neither told nor in the table has ended, or not begun.
	if (info->cookie != sk->__sk_common.skc_cookie.counter || !(info->flags & (SOCKET_TOLD | SOCKET_IN_OWNERS)))
		return 0;
	learn_accepter(info);
	tcp = sk->sk_protocol == IPPROTO_TCP ? bpf_skc_to_tcp_sock(sk) : NULL;
	set_socket_head(&record.head, 0, sizeof(record), record_flags_of(info), &info->owner, bpf_ktime_get_boot_ns());
	if (tcp) {
		record.head.flags |= RECORD_FLAG_COUNTED;
		record.sent = tcp_bytes_sent(tcp);
		record.received = tcp_bytes_received(tcp);
	} else {
		record.sent = info->sent;
		record.received = info->received;
	}
	record.ends = info->ends;
	record.cookie = info->cookie;
	record.begin = info->begin;
	record.error = info->error;
	record.inode = read_socket_inode(sk);
	bpf_seq_write(step->meta->seq, &record, sizeof(record));
	return 0;
}
