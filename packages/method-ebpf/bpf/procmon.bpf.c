// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// All programs, in one object: they share the ring and the maps.
#include "shared/libbpf.h"
#include "shared/options.h"
#include "shared/layouts.h"
#include "shared/records.h"
#include "shared/ring.h"
#include "socket/socket_info.h"
#include "process/fork.h"
#include "process/exec.h"
#include "process/exit.h"
#include "process/list.h"
#include "tcp/on_tcp_state.h"
#include "tcp/on_sockops.h"
#include "tcp/on_accept.h"
#include "tcp/on_connect.h"
#include "datagram/on_socket.h"
#include "datagram/on_message.h"
#include "datagram/on_length.h"
#include "datagram/on_egress.h"
#include "socket/list_sockets.h"
#include "socket/list_traffic.h"

// Helpers that read the kernel's memory are for programs under a licence that is compatible with the GPL.
char LICENSE[] SEC("license") = "Dual BSD/GPL";
