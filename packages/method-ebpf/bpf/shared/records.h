// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// What the programs tell user space: one definition of each record. src/records/*.ts reads them; a test compares its offsets with this object's BTF.
// All numbers are in the machine's byte order, all times are nanoseconds of CLOCK_BOOTTIME. A record's size is a multiple of 8.
#pragma once

#include <linux/types.h>

enum record_kind {
	RECORD_EXEC = 1,
	RECORD_FORK = 2,
	RECORD_EXIT = 3,
	RECORD_CONNECT = 4,
	RECORD_ACCEPT = 5,
	RECORD_LISTEN = 6,
	// A TCP socket, or a listener, is over.
	RECORD_CLOSE = 7,
	// The first datagram between a socket and a peer.
	RECORD_FLOW = 8,
	// A socket without connections (UDP, raw, ICMP, packet) is over, and with it all of its flows.
	RECORD_RELEASE = 9,
	RECORD_KINDS = 10,
};

// How each record begins. The process is the one that acted, or that owns the socket.
struct record_head {
	__u32 size; // of the whole record
	__u16 kind;
	__u16 flags; // RECORD_FLAG_*
	__u64 time;
	// Of the process, not of the thread.
	__u64 start;
	__u32 pid;
	__u32 tid;
	__u32 ppid;
	__u32 uid; // effective
	__u32 gid; // effective
	__u32 reserved;
};

// exec
#define RECORD_FLAG_MEMFD 0x1
#define RECORD_FLAG_SCRIPT 0x2 // the kernel was given a script, and runs its interpreter
#define RECORD_FLAG_PATH_CUT 0x4
#define RECORD_FLAG_CWD_CUT 0x8
#define RECORD_FLAG_ARGS_CUT 0x10
#define RECORD_FLAG_ENV_CUT 0x20
#define RECORD_FLAG_ARGS_UNREAD 0x40 // the arguments could not be read
#define RECORD_FLAG_KERNEL_THREAD 0x80
#define RECORD_FLAG_LISTED 0x100 // it was there when somebody looked: no event, but a process of the list
#define RECORD_FLAG_FORKED 0x200 // a listed process that has not run an executable of its own
#define RECORD_FLAG_ZOMBIE 0x400
#define RECORD_FLAG_REMOVED 0x800 // the executable's name is gone, or names another file; with other names left, links is not 0
#define RECORD_FLAG_CWD_REMOVED 0x1000
#define RECORD_FLAG_ROOT_CUT 0x2000

// sockets
#define RECORD_FLAG_KERNEL_SOCKET 0x1 // the kernel's own: no process is behind it
#define RECORD_FLAG_OF_LISTENER 0x2 // the process is the listener's: nobody has accepted the connection
#define RECORD_FLAG_UNKNOWN_OWNER 0x4 // pid, start and the rest of the process are not known
#define RECORD_FLAG_BEGAN 0x8 // `begin` was seen
#define RECORD_FLAG_COUNTED 0x10 // `sent` and `received` were counted from the beginning
#define RECORD_FLAG_MPTCP 0x20
#define RECORD_FLAG_RECEIVED 0x40 // flow: the first datagram came from the peer
#define RECORD_FLAG_SHARED 0x80 // several sockets have these ends (SO_REUSEPORT)

// The parts of `data` follow one after the other in the order of their sizes here. A path is given as the names of its steps, the last
// one first, each ended by a zero byte; `/` itself is one empty name. A size of 0 says that nothing is known, but see `root_size`.
struct exec_record {
	struct record_head head;
	__u64 parent_start;
	__u64 cgroup_id; // of the default hierarchy
	// Of the executable, to `links`. Its times are seconds since the epoch, and the nanoseconds beside them.
	__u64 inode;
	__u64 file_size;
	__s64 modified;
	__s64 changed; // 0: the times are not known
	__u32 modified_ns;
	__u32 changed_ns;
	__u32 device; // the file system's, as the kernel encodes it (MKDEV: major << 20 | minor)
	__u32 links; // 0: the file is deleted
	__u32 real_uid;
	__u32 saved_uid;
	__u32 real_gid;
	__u32 saved_gid;
	__u32 ns_pid; // in the innermost pid namespace
	__u32 netns;
	__u32 args_total; // bytes, of which args_size follow
	__u32 env_total;
	char comm[16];
	__u32 path_size;
	__u32 cwd_size;
	__u32 root_size; // 0: it is the machine's own root
	__u32 cgroup_size; // the path in the hierarchy that systemd or containers use
	__u32 script_size; // what the kernel was told to run, as it was told, where that is not the executable; ended by a zero byte
	__u32 args_size; // as /proc/<pid>/cmdline
	__u32 env_size; // as /proc/<pid>/environ; 0 unless collect_env
	__u32 args_count; // how many arguments there are; 0 where that is not known
	char data[];
};

// The head is the child's; `ppid` is its parent.
struct fork_record {
	struct record_head head;
	__u64 parent_start;
	__u32 ns_pid;
	__u32 netns;
	char comm[16];
};

struct exit_record {
	struct record_head head;
	__u32 status; // as waitpid(2) gives it
	__u32 reserved;
	char comm[16];
};

// Addresses are 16 bytes, IPv4 as ::ffff:a.b.c.d; ports are in the machine's byte order. `source` is the local end.
struct socket_ends {
	__u32 netns;
	__u16 protocol; // IPPROTO_*; of a packet socket the EtherType, in the machine's byte order
	__u16 family; // AF_INET, AF_INET6 (also for ::ffff: addresses), AF_PACKET
	__u16 source_port; // of ICMP the echo identifier, of raw sockets the protocol's number
	__u16 target_port;
	__u32 type; // SOCK_*
	__u8 source[16];
	__u8 target[16];
};

struct socket_record {
	struct record_head head;
	struct socket_ends ends;
	__u64 cookie;
	__u64 begin;
	__u64 sent; // payload
	__u64 received;
	__u32 error; // errno of a connect that failed
	__u32 inode; // in sockfs; 0 where there is none yet
};

// What the list of descriptors gives: a socket, and one process that holds it by one descriptor.
struct holder_record {
	struct record_head head; // flags: RECORD_FLAG_*; kind 0
	struct socket_ends ends;
	__u64 cookie;
	__u64 inode;
	__u32 fd;
	__u32 state; // TCP_*: include/net/tcp_states.h
	__u32 receive_queue;
	__u32 send_queue;
	__u32 socket_uid;
	__u32 interface_index; // of a packet socket
};
