// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// What is remembered of a socket: in the socket itself, so that it ends with it and a listener's children inherit it; and by its ends, for whoever asks.
#pragma once

#include "../shared/libbpf.h"
#include "../shared/records.h"

struct process_identity {
	__u64 start;
	__u32 pid;
	__u32 tid;
	__u32 ppid;
	__u32 uid;
	__u32 gid;
	__u32 reserved;
};

struct flow_key {
	__u64 cookie;
	__u8 target[16];
	__u16 target_port;
	__u16 reserved[3];
};

// The kernel copies it into the sockets that a listener makes (BPF_F_CLONE): the copy has the listener's cookie.
struct socket_info {
	struct process_identity owner;
	__u64 cookie;
	__u64 begin;
	__u64 sent;
	__u64 received;
	__u32 flags; // SOCKET_*
	__u32 error;
	__u32 inode; // in sockfs, as far as it is known; a closing socket has lost it
	__u32 orphans_seen; // `orphaned_entries` when it was written into `owners`
	// The ends by which it stands in `owners`.
	struct socket_ends ends;
	// Of the last datagram.
	struct flow_key flow;
	__u32 flow_thread; // that has written `flow` and still needs it, or 0
	__u32 flow_crowded; // several threads have used the socket at once
};

#define SOCKET_OWNED 0x1 // `owner` is known
#define SOCKET_ACCEPTED 0x2 // `owner` has accepted it, or uses it, and is not the listener's
#define SOCKET_KERNEL 0x4
#define SOCKET_LISTED 0x8 // it was there before anybody watched
#define SOCKET_TOLD 0x10 // a connect, accept or listen record was sent
#define SOCKET_PASSIVE 0x20 // made by a listener
#define SOCKET_MPTCP 0x40
#define SOCKET_IN_OWNERS 0x80 // it stands in `owners`, under `ends`
#define SOCKET_ENDED 0x100 // its last connection is over

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct socket_info);
} sockets SEC(".maps");

// The owner of each pair of ends: exact ones, and with target zero those of listeners and unconnected sockets. IPv4 is ::ffff:a.b.c.d.
struct owner_key {
	__u32 netns;
	__u16 protocol;
	__u16 source_port;
	__u16 target_port;
	__u16 reserved;
	__u8 source[16];
	__u8 target[16];
};

struct owner_value {
	__u64 cookie;
	__u64 start;
	__u64 time; // when it was written
	__u32 pid;
	__u32 uid;
	__u32 flags; // RECORD_FLAG_KERNEL_SOCKET, _OF_LISTENER, _SHARED, _UNKNOWN_OWNER
	__u16 family;
	__u16 sharers; // how many more sockets stand behind this entry (SO_REUSEPORT)
	__u32 inode;
	__u32 tid;
	__u32 ppid;
	__u32 gid;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 131072); // user space may choose another size
	__type(key, struct owner_key);
	__type(value, struct owner_value);
} owners SEC(".maps");

// Per processor: how many were added to `owners`, taken away, and were found to have been evicted when they were to be taken away.
struct owner_counts {
	__u64 added;
	__u64 removed;
	__u64 evicted;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct owner_counts);
} owner_changes SEC(".maps");

// Payload of each flow of a socket that has no connections.
struct flow_value {
	__u64 begin;
	__u64 sent;
	__u64 received;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct flow_key);
	__type(value, struct flow_value);
} flows SEC(".maps");
