// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
// The control group that tells most of where a process belongs.
#pragma once

#include "names.h"
#include "../kernel/cgroup.h"

#define HIERARCHIES_MAX 24
#define NODES_MAX 32

static __always_inline struct kernfs_node *parent_node(struct kernfs_node *node)
{
	struct kernfs_node___before_6_15 *older = (void *)node;

	if (bpf_core_field_exists(node->__parent))
		return BPF_CORE_READ(node, __parent);
	return BPF_CORE_READ(older, parent);
}

// systemd's own hierarchy, which has no controllers and so stands in no array.
static __noinline struct kernfs_node *systemd_node(struct css_set *set)
{
	struct list_head *end = (void *)set + bpf_core_field_offset(struct css_set, cgrp_links);
	struct list_head *at = BPF_CORE_READ(end, next);

	for (int i = 0; i < HIERARCHIES_MAX && at && at != end; i++) {
		struct cgrp_cset_link *link = (void *)at - bpf_core_field_offset(struct cgrp_cset_link, cgrp_link);
		struct cgroup *cgroup = BPF_CORE_READ(link, cgrp);
		struct cgroup_root *hierarchy = BPF_CORE_READ(cgroup, root);
		char name[8] = {};

		bpf_probe_read_kernel(name, sizeof(name), hierarchy->name);
		if (is_text(name, "systemd", sizeof(name)))
			return BPF_CORE_READ(cgroup, kn);
		at = BPF_CORE_READ(at, next);
	}
	return 0;
}

static __always_inline struct kernfs_node *memory_node(struct css_set *set)
{
	struct cgroup_subsys_state **states = (void *)set + bpf_core_field_offset(struct css_set, subsys);
	struct cgroup_subsys_state *state = 0;

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return 0;
	states += bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
	bpf_probe_read_kernel(&state, sizeof(state), states);
	return BPF_CORE_READ(state, cgroup, kn);
}

// Where the default hierarchy tells the root only, as on hosts that have others beside it, systemd's tells more; without either, the
// hierarchy in which containers limit memory.
static __always_inline struct kernfs_node *telling_node(struct css_set *set, struct kernfs_node *unified)
{
	struct kernfs_node *other;

	if (parent_node(unified))
		return unified;
	other = systemd_node(set);
	if (!other)
		other = memory_node(set);
	return other ? other : unified;
}

static __noinline enum walk append_nodes(struct scratch *scratch, struct kernfs_node *node)
{
	__u32 begin = scratch->used;

	for (int i = 0; i < NODES_MAX; i++) {
		struct kernfs_node *parent = parent_node(node);

		if (!parent)
			return i > 0 || append_root(scratch) ? WALK_WHOLE : WALK_CUT;
		if (!append_name(scratch, begin, BPF_CORE_READ(node, name)))
			return WALK_CUT;
		node = parent;
	}
	return WALK_CUT;
}

// Also tells the id in the default hierarchy.
static __always_inline void append_cgroup(struct scratch *scratch, struct css_set *set, __u64 *id)
{
	struct kernfs_node *unified = BPF_CORE_READ(set, dfl_cgrp, kn);
	__u32 begin = scratch->used;

	*id = BPF_CORE_READ(unified, id);
	// Half a path would name another group.
	if (append_nodes(scratch, telling_node(set, unified)) == WALK_CUT)
		scratch->used = begin;
}
