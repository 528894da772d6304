// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// A socket's two ends, as records and the table of owners have them.
#pragma once

#include "../kernel/net.h"
#include "../shared/records.h"

// A field of a socket that is known to the verifier by its type (`is_typed`) is read by one instruction; of any other pointer to a socket by
// a helper. The constant decides at compile time.
#define read_field(is_typed, pointer, field)                                                                                                   \
	({                                                                                                                                     \
		typeof((pointer)->field) value_;                                                                                               \
		if (is_typed)                                                                                                                  \
			value_ = (pointer)->field;                                                                                             \
		else                                                                                                                           \
			bpf_core_read(&value_, sizeof(value_), &(pointer)->field);                                                             \
		value_;                                                                                                                        \
	})

static __always_inline void set_ipv4(__u8 address[16], __be32 ipv4)
{
	__u32 *words = (__u32 *)address;

	words[0] = 0;
	words[1] = 0;
	words[2] = bpf_htonl(0xffff);
	words[3] = ipv4;
}

// All but the source port. The addresses of a socket that is neither of IPv4 nor of IPv6 stay zero. A socket that is bound to nothing has the
// zero address of its family: ::ffff:0.0.0.0 or ::.
static __always_inline void read_addresses(struct sock *sk, struct socket_ends *ends, const bool is_typed)
{
	struct net *net = read_field(is_typed, sk, __sk_common.skc_net.net);

	ends->netns = read_field(is_typed, net, ns.inum);
	ends->protocol = read_field(is_typed, sk, sk_protocol);
	ends->type = read_field(is_typed, sk, sk_type);
	ends->family = read_field(is_typed, sk, __sk_common.skc_family);
	if (ends->family == AF_INET) {
		set_ipv4(ends->source, read_field(is_typed, sk, __sk_common.skc_rcv_saddr));
		set_ipv4(ends->target, read_field(is_typed, sk, __sk_common.skc_daddr));
	} else if (ends->family == AF_INET6) {
		bpf_core_read(ends->source, 16, &sk->__sk_common.skc_v6_rcv_saddr);
		bpf_core_read(ends->target, 16, &sk->__sk_common.skc_v6_daddr);
	} else {
		return;
	}
	ends->target_port = bpf_ntohs(read_field(is_typed, sk, __sk_common.skc_dport));
}

// `ends` must be zeroed. The source port is the one that outlives the connection: it is right also for a socket that is closed.
static __always_inline void read_ends_of(struct sock *sk, struct socket_ends *ends, const bool is_typed)
{
	read_addresses(sk, ends, is_typed);
	// It lies beyond what the verifier knows of a `struct sock`.
	if (ends->family == AF_INET || ends->family == AF_INET6)
		ends->source_port = bpf_ntohs(read_field(false, (struct inet_sock *)sk, inet_sport));
}

// Of any pointer to a kernel's socket, in every kind of program.
static __always_inline void read_ends(struct sock *sk, struct socket_ends *ends)
{
	read_ends_of(sk, ends, false);
}

static __always_inline void read_tcp_ends(struct tcp_sock *tcp, struct socket_ends *ends)
{
	__builtin_memset(ends, 0, sizeof(*ends));
	read_addresses((struct sock *)tcp, ends, true);
	ends->source_port = bpf_ntohs(tcp->inet_conn.icsk_inet.inet_sport);
}

// Number of the socket's inode in sockfs; 0 for a connection that nobody has accepted, or that nobody holds any more.
static __always_inline __u32 read_socket_inode(struct sock *sk)
{
	struct socket *socket = NULL;
	unsigned long number = 0;

	bpf_core_read(&socket, sizeof(socket), &sk->sk_socket);
	if (socket)
		bpf_core_read(&number, sizeof(number), &((struct socket_alloc *)socket)->vfs_inode.i_ino);
	return number;
}

static __always_inline bool is_kernel_socket(struct sock *sk)
{
	return BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock);
}
