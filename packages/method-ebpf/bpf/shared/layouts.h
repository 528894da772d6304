// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Only what a map or a global refers to has its type in the object: so the layouts of the records can be held against their decoders.
#pragma once

#include "records.h"

const struct exec_record *exec_layout = 0;
const struct fork_record *fork_layout = 0;
const struct exit_record *exit_layout = 0;
const struct socket_record *socket_layout = 0;
const struct holder_record *holder_layout = 0;
