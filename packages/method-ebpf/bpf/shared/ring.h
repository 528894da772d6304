// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// The way out: one ring, exact counts of what went in and what did not, and few wake-ups.
#pragma once

#include "libbpf.h"
#include "records.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20); // bytes; user space may choose another size
} ring SEC(".maps");

// By record_kind: produced = delivered + lost.
struct record_counts {
	__u64 produced;
	__u64 lost;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RECORD_KINDS);
	__type(key, __u32);
	__type(value, struct record_counts);
} counts SEC(".maps");

// A wake-up costs more than the program that causes it. The reader, once woken, looks again for as long as it finds something.
#define WAKE_INTERVAL_NS 5000000ULL

__u64 last_wake = 0;

static __always_inline __u64 wake_flags(void)
{
	// Of now: a record's own time may be long ago, where the program was interrupted.
	__u64 now = bpf_ktime_get_ns();
	// Several processors may race here: one wake-up too many does no harm, and there is none too few.
	if (now - last_wake < WAKE_INTERVAL_NS)
		return BPF_RB_NO_WAKEUP;
	last_wake = now;
	return BPF_RB_FORCE_WAKEUP;
}

// The kind 0 counts all records by which processes change: forks and execs.
#define PROCESS_CHANGES 0

static __always_inline void count_as(__u32 kind, bool is_lost)
{
	struct record_counts *found = bpf_map_lookup_elem(&counts, &kind);
	if (!found)
		return;
	// A program may be interrupted by another one on the same processor.
	__sync_fetch_and_add(&found->produced, 1);
	if (is_lost)
		__sync_fetch_and_add(&found->lost, 1);
}

static __always_inline void count_record(__u32 kind, bool is_lost)
{
	count_as(kind, is_lost);
	if (kind == RECORD_FORK || kind == RECORD_EXEC)
		count_as(PROCESS_CHANGES, is_lost);
}

// Room for a record of a fixed size: fill it, then submit it. Null where the ring is full, which is counted.
static __always_inline void *reserve_record(__u32 kind, __u32 size)
{
	void *record = bpf_ringbuf_reserve(&ring, size, 0);
	count_record(kind, !record);
	return record;
}

static __always_inline void submit_record(void *record)
{
	bpf_ringbuf_submit(record, wake_flags());
}

// Sends a record that was made elsewhere, since its size is known only now.
static __always_inline void send_record(struct record_head *record, __u32 size)
{
	long failed = bpf_ringbuf_output(&ring, record, size, wake_flags());
	count_record(record->kind, failed != 0);
}
