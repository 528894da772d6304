// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// The kernel's types of sockets, with only those fields that programs read: the loader finds each by its name in the running kernel (CO-RE).
#pragma once

#include "../shared/libbpf.h"
#include "task.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct net {
	struct ns_common ns;
};

struct in6_addr___kernel {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	unsigned char skc_state;
	int skc_bound_dev_if;
	struct {
		struct net *net;
	} skc_net;
	struct in6_addr___kernel skc_v6_daddr;
	struct in6_addr___kernel skc_v6_rcv_saddr;
	struct {
		__s64 counter;
	} skc_cookie;
	unsigned long skc_flags;
};

struct socket;

struct sock {
	struct sock_common __sk_common;
	struct {
		struct {
			int counter;
		} rmem_alloc;
	} sk_backlog;
	int sk_err;
	struct socket *sk_socket;
	struct {
		struct {
			int counter;
		} refs;
	} sk_wmem_alloc;
	__u16 sk_protocol;
	__u16 sk_type;
	__u8 sk_kern_sock : 1;
	__u32 sk_ack_backlog;
};

struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	void *icsk_ulp_data;
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u64 bytes_sent;
	__u64 bytes_retrans;
	__u64 bytes_received;
	__u32 rcv_nxt;
	__u32 copied_seq;
	__u32 write_seq;
	__u32 snd_una;
	bool is_mptcp;
	__u8 bpf_sock_ops_cb_flags;
};

struct udp_sock {
	struct inet_sock inet;
	int forward_deficit;
};

struct mptcp_sock {
	struct inet_connection_sock sk;
	__u64 bytes_sent; // since Linux 6.5
	__u64 bytes_received;
	struct sock *first;
};

struct mptcp_subflow_context {
	struct sock *conn;
};

struct packet_sock {
	struct sock sk;
	int ifindex;
	__be16 num;
};

// As the socket's inode has them: task.h and fs.h have the fields that are of other use.
struct inode___socket {
	unsigned long i_ino;
	unsigned short i_mode;
	struct {
		__u32 val;
	} i_uid;
};

struct file___socket {
	void *private_data;
	struct inode___socket *f_inode;
};

struct fdtable {
	unsigned int max_fds;
	struct file___socket **fd;
};

struct files_struct___socket {
	struct fdtable *fdt;
};

struct socket {
	enum {
		SS_CONNECTING = 2, // connect(2) has begun, and waits for the answer
	} state;
	short type;
	struct file___socket *file;
	struct sock *sk;
};

struct socket_alloc {
	struct socket socket;
	struct inode___socket vfs_inode;
};

enum sock_flags {
	SOCK_DONE = 1, // the peer's FIN was taken
};

#pragma clang attribute pop

#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_UDPLITE 136
#define IPPROTO_MPTCP 262

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16
#define AF_PACKET 17

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3

#define TCP_ESTABLISHED BPF_TCP_ESTABLISHED
#define TCP_SYN_SENT BPF_TCP_SYN_SENT
#define TCP_SYN_RECV BPF_TCP_SYN_RECV
#define TCP_CLOSE BPF_TCP_CLOSE
#define TCP_LISTEN BPF_TCP_LISTEN

#define S_IFMT 0170000
#define S_IFSOCK 0140000
