// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The running kernel. */
#include <bpf/libbpf.h>

#include "lib/log.h"
#include "source/consumer.h"
#include "source/hooks.h"
#include "source/interfaces.h"
#include "source/source.h"
#include "tcplife.skel.h"

struct live {
	struct hooks *hooks;
	struct consumer *consumer;
	struct interfaces *interfaces;
};

static void live_close(struct source *s)
{
	struct live *l = s->private;

	interfaces_free(&l->interfaces);
	consumer_free(&l->consumer);
	hooks_free(&l->hooks);
}

static int live_open(struct source *s, const char *arg)
{
	struct live *l = s->private;
	struct tcplife *skel;
	int err = hooks_load(s->options, &l->hooks);

	if (!err) {
		skel = hooks_skeleton(l->hooks);
		err = consumer_new(s, bpf_map__fd(skel->maps.events), bpf_map__fd(skel->maps.lost), &l->consumer);
	}
	if (!err)
		err = hooks_attach(l->hooks);
	if (!err)
		err = hooks_open_interfaces(l->hooks, s->options, s->loop, &l->interfaces);
	if (err) {
		live_close(s);
		return err;
	}
	log_notice("tracing; Ctrl-C stops");
	return 0;
}

static void live_drain(struct source *s)
{
	struct live *l = s->private;

	interfaces_free(&l->interfaces);
	hooks_detach(l->hooks);
	consumer_drain(l->consumer);
}

const struct source_ops source_live = {
	.name = "live",
	.help = "the running kernel",
	.private_size = sizeof(struct live),
	.open = live_open,
	.drain = live_drain,
	.close = live_close,
};
