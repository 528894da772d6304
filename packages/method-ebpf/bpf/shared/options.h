// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// What user space decides before the programs are loaded.
#pragma once

#include "libbpf.h"

const volatile bool collect_env = false;
