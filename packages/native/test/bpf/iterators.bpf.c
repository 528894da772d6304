// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Iterators: over tasks, over the entries of a map, over what is stored at sockets.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define OF_THE_KERNEL __attribute__((preserve_access_index))

struct seq_file;
struct sock;

struct bpf_iter_meta {
	struct seq_file *seq;
} OF_THE_KERNEL;

struct task_struct {
	int pid;
	int tgid;
} OF_THE_KERNEL;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} OF_THE_KERNEL;

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	void *key;
	void *value;
} OF_THE_KERNEL;

struct bpf_iter__bpf_sk_storage_map {
	struct bpf_iter_meta *meta;
	struct sock *sk;
	void *value;
} OF_THE_KERNEL;

// How often a task is told of.
const volatile __u32 repeats = 1;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} entries SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} sockets SEC(".maps");

SEC("iter/task")
int list_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	if (!task || task->pid != task->tgid)
		return 0;
	__u32 pid = task->pid;
	for (__u32 again = 0; again < repeats && again < 256; again++)
		bpf_seq_write(ctx->meta->seq, &pid, sizeof(pid));
	return 0;
}

SEC("iter/bpf_map_elem")
int list_entries(struct bpf_iter__bpf_map_elem *ctx)
{
	__u32 *key = ctx->key;
	__u64 *value = ctx->value;
	if (!key || !value)
		return 0;
	__u64 pair[2] = { *key, *value };
	bpf_seq_write(ctx->meta->seq, pair, sizeof(pair));
	return 0;
}

SEC("iter/bpf_sk_storage_map")
int list_sockets(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	__u64 *value = ctx->value;
	if (!ctx->sk || !value)
		return 0;
	__u64 copy = *value;
	bpf_seq_write(ctx->meta->seq, &copy, sizeof(copy));
	return 0;
}
