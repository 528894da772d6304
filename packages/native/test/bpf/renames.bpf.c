// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Records at will: each new name of a thread of one process (/proc/self/comm) makes some, numbered, of different lengths.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

// The process; 0: none.
const volatile __u32 traced = 0;
const volatile __u64 records_each = 1;
// Of the longest record, less the shortest; a power of two, less one.
const volatile __u16 variety = 63;
const volatile _Bool wakes_rarely = 0;
const volatile __s8 offset = 0;

struct record {
	__u64 number;
	__u32 length;
	__s32 offset;
	char filling[];
};

// Something to look at with structLayout.
struct nested {
	struct {
		__u64 inner;
		__u64 other;
	} first;
	__u16 second[3];
	union {
		__u8 third;
		__u64 fourth;
	};
};

struct nested unused_nested = {};
struct record *unused_record = 0;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 << 10);
} ring SEC(".maps");

struct counts {
	__u64 produced;
	__u64 lost;
	__u32 odd;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counts);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u64);
	__type(value, __u32);
} pairs SEC(".maps");

#define LONGEST (128 << 10)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, char[LONGEST]);
} scratch SEC(".maps");

__u64 next_number = 0;
__u64 last_wake = 0;

static __always_inline __u64 wake_flags(void)
{
	if (!wakes_rarely)
		return 0;
	__u64 now = bpf_ktime_get_boot_ns();
	if (now - last_wake < 5000000)
		return BPF_RB_NO_WAKEUP;
	last_wake = now;
	return BPF_RB_FORCE_WAKEUP;
}

static long send_one(__u32 index, void *unused)
{
	__u32 zero = 0;
	struct record *record = bpf_map_lookup_elem(&scratch, &zero);
	struct counts *counted = bpf_map_lookup_elem(&counts, &zero);
	if (!record || !counted)
		return 1;
	record->number = next_number++;
	record->length = sizeof(*record) + (((__u32)record->number * 7) & variety);
	record->offset = offset;
	__u32 length = record->length;
	if (length > LONGEST)
		return 1;
	counted->produced++;
	if (bpf_ringbuf_output(&ring, record, length, wake_flags()))
		counted->lost++;
	return 0;
}

SEC("tp_btf/task_rename")
int BPF_PROG(on_rename)
{
	if ((bpf_get_current_pid_tgid() >> 32) == traced)
		bpf_loop(records_each, send_one, NULL, 0);
	return 0;
}
