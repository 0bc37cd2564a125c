// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cgroup.bpf.h"
#include "sock.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct event_ring events SEC(".maps");
struct lost_counters lost SEC(".maps");
struct port_filter_map ports SEC(".maps");
struct unwanted_map unwanted SEC(".maps");
struct cgroup_scratches cgroup_scratches SEC(".maps");
struct cgroups_sent cgroups_sent SEC(".maps");
const volatile struct bpf_config knobs = {};
volatile __u32 paused;
volatile __u32 crowded;
