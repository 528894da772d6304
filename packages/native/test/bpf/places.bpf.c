// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Programs that are attached to something: a cgroup, a tracepoint that is known by its id.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 traced = 0;

// 0: sockets made, 1: signals sent.
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

static __always_inline void count(__u32 index)
{
	__u64 *value = bpf_map_lookup_elem(&seen, &index);
	if (value)
		__sync_fetch_and_add(value, 1);
}

SEC("cgroup/sock_create")
int on_socket(struct bpf_sock *ctx)
{
	count(0);
	return 1;
}

SEC("tp/syscalls/sys_enter_kill")
int on_kill(void *ctx)
{
	if ((bpf_get_current_pid_tgid() >> 32) == traced)
		count(1);
	return 0;
}
