// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// What the tracepoints syscalls:sys_enter_* and sys_exit_* hand to a program. The kernel keeps these layouts: `format` in tracefs shows them.
#pragma once

#include <linux/types.h>

struct system_call_enter {
	__u64 common;
	__u64 number;
	__u64 arguments[6];
};

struct system_call_exit {
	__u64 common;
	__u64 number;
	__s64 result;
};
