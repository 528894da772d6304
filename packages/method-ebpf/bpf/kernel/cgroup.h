// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// Of the kernel's own types about control groups, the fields that the programs read. The loader finds where the running kernel has them.
#pragma once

#include "task.h"

// The numbers are the running kernel's.
enum cgroup_subsys_id {
	memory_cgrp_id = 4,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
	struct kernfs_node *__parent;
	const char *name;
	__u64 id;
};

// Its name before Linux 6.15.
struct kernfs_node___before_6_15 {
	struct kernfs_node *parent;
};

struct cgroup_root {
	int hierarchy_id;
	char name[64];
};

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

struct css_set {
	struct cgroup_subsys_state *subsys[16];
	struct cgroup *dfl_cgrp;
	struct list_head cgrp_links;
};

// A css_set has one for each hierarchy.
struct cgrp_cset_link {
	struct cgroup *cgrp;
	struct list_head cgrp_link;
};

#pragma clang attribute pop
