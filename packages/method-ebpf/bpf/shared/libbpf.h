// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// The kernel's public types and libbpf's headers for programs, in the order that they need.
#pragma once

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_endian.h>
