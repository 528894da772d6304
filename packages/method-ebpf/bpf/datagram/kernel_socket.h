// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Programs at control groups are given a socket's public face (struct bpf_sock), whose address is that of the kernel's own socket.
#pragma once

#include "../kernel/net.h"

// To be read by helpers only. The verifier forbids arithmetic with the pointer that it knows by its type, but not with a number that was read
// from memory.
static __always_inline struct sock *kernel_socket(struct bpf_sock *face)
{
	struct bpf_sock *volatile known = face;
	__u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), (const void *)&known);
	return (struct sock *)address;
}
