// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// What the programs about datagrams do where some of them are not loaded.
#pragma once

#include "../shared/libbpf.h"

// Set unless both on_send_length and on_recv_length are loaded. No payload is counted then, and the programs that see the peer tell the flow
// themselves: before its first datagram is on its way, also where that then fails.
const volatile bool flow_at_egress = false;
