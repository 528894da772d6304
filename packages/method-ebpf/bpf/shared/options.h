// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// What user space decides before the programs are loaded.
#pragma once

#include "libbpf.h"

const volatile bool collect_env = false;
// Of the process that monitors: what it does itself is told like everything else, but never wakes it.
const volatile __u32 own_pid = 0;
