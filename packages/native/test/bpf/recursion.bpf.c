// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// A program that causes what it is called for: the kernel then passes it over.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u32 of_process = 0;

// Of a fault that the kernel makes, as in a read(2) into memory that is not there yet.
SEC("tp_btf/page_fault_kernel")
int on_fault(void *context)
{
	char byte;

	if (bpf_get_current_pid_tgid() >> 32 == of_process)
		bpf_probe_read_user(&byte, sizeof(byte), (void *)8);
	return 0;
}
