// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// One program that the kernel takes, one that its verifier does not, and one for a hook that it does not have.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} values SEC(".maps");

SEC("tp_btf/task_rename")
int BPF_PROG(good)
{
	return 0;
}

SEC("tp_btf/task_rename")
int BPF_PROG(bad)
{
	__u32 zero = 0;
	__u64 *value = bpf_map_lookup_elem(&values, &zero);
	// It may be null.
	return *value;
}

SEC("tp_btf/no_such_tracepoint")
int BPF_PROG(homeless)
{
	return 0;
}
