// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Decides whether bytes are a valid record: size, kind, optional blocks, and the range of each enumerated field. No
 * other code checks them again.
 */
#include "core/decode.h"

#include <stdbool.h>
#include <string.h>

#include "core/tcp_state.h"

static const uint16_t FIXED_SIZE[EVENT_KINDS] = {
#define _(kind, name) [EVENT_##kind] = sizeof(struct event_##name),
	EVENTS(_)
#undef _
};

static const char *const NAMES[EVENT_KINDS] = {
#define _(kind, name) [EVENT_##kind] = #name,
	EVENTS(_)
#undef _
};

size_t event_fixed_size(unsigned int kind)
{
	return kind < EVENT_KINDS ? FIXED_SIZE[kind] : 0;
}

const char *event_kind_name(unsigned int kind)
{
	return kind < EVENT_KINDS && NAMES[kind] ? NAMES[kind] : "unknown";
}

size_t event_block_size(unsigned int bit)
{
	switch (bit) {
#define _(block, name, bit)                                                                                            \
	case bit:                                                                                                      \
		return sizeof(struct event_##name);
		EVENT_BLOCKS(_)
#undef _
	}
	return 0;
}

static inline size_t blocks_size(uint8_t flags)
{
	size_t size = 0;

#define _(block, name, bit) size += flags & EVENT_HAS_##block ? sizeof(struct event_##name) : 0;
	EVENT_BLOCKS(_)
#undef _
	return size;
}

/* flag: EVENT_HAS_*; the blocks of lower bits stand before it. */
static const void *block(const struct event *e, uint8_t flag)
{
	if (!(e->flags & flag))
		return NULL;
	return (const char *)e + event_fixed_size(e->kind) + blocks_size(e->flags & (flag - 1));
}

const struct event_task *event_task(const struct event *e)
{
	return block(e, EVENT_HAS_TASK);
}

const struct event_stats *event_stats(const struct event *e)
{
	return block(e, EVENT_HAS_STATS);
}

/* A kernel newer than this program may have more states: the tracer does not act on them. */
static bool is_state(unsigned int state)
{
	return state > TCPS_UNKNOWN && state < TCPS_COUNT;
}

static bool state_valid(const struct event *e)
{
	const struct event_state *s = (const void *)e;

	return is_state(s->old_state) && is_state(s->new_state);
}

static bool segment_valid(const struct event *e)
{
	const struct event_segment *s = (const void *)e;

	/* 64 KiB is the limit of an IP packet, but BIG TCP's super-packets reach 512 KiB. */
	return s->via > SEGMENT_VIA_NONE && s->via < SEGMENT_VIAS && s->payload_len <= 1U << 20;
}

static bool timewait_valid(const struct event *e)
{
	const struct event_timewait *t = (const void *)e;

	return t->action > TIMEWAIT_NONE && t->action < TIMEWAIT_ACTIONS && t->cause < TIMEWAIT_CAUSES &&
	       (t->substate == TCPS_FIN_WAIT2 || t->substate == TCPS_TIME_WAIT);
}

static bool retransmit_valid(const struct event *e)
{
	const struct event_retransmit *r = (const void *)e;

	return is_state(r->state) && r->cause < RETRANSMIT_CAUSES;
}

static bool reset_valid(const struct event *e)
{
	const struct event_reset *r = (const void *)e;

	return r->direction <= RESET_RECEIVED && r->reason < RESET_REASON_COUNT &&
	       (r->state == 0 || is_state(r->state));
}

static bool free_valid(const struct event *e)
{
	return is_state(((const struct event_free *)e)->state);
}

static bool listed_state_valid(unsigned int state, unsigned int substate)
{
	if (state == TCPS_TIME_WAIT)
		return substate == TCPS_FIN_WAIT2 || substate == TCPS_TIME_WAIT;
	return is_state(state);
}

static bool existing_valid(const struct event *e)
{
	const struct event_existing *x = (const void *)e;

	return listed_state_valid(x->state, x->substate) &&
	       (!(e->flags & EVENT_REPORTED) || x->state == TCPS_TIME_WAIT);
}

static bool present_valid(const struct event *e)
{
	const struct event_present *x = (const void *)e;

	return listed_state_valid(x->state, x->substate);
}

static bool absent_valid(const struct event *e)
{
	return ((const struct event_absent *)e)->since_ns <= e->ts_ns;
}

static bool drop_valid(const struct event *e)
{
	const struct event_drop *d = (const void *)e;

	return d->reason > DROP_UNKNOWN && d->reason < DROP_REASON_COUNT && d->payload_len <= UINT16_MAX;
}

static bool icmp_valid(const struct event *e)
{
	const struct event_icmp *i = (const void *)e;

	return (i->version == 4 || i->version == 6) && i->via > SEGMENT_VIA_NONE && i->via < SEGMENT_VIAS;
}

static bool error_valid(const struct event *e)
{
	const struct event_error *r = (const void *)e;

	return r->err && is_state(r->state);
}

static bool cgroup_valid(const struct event *e)
{
	const struct event_cgroup *g = (const void *)e;

	return g->id && memchr(g->path, '\0', sizeof(g->path));
}

static bool dns_valid(const struct event *e)
{
	const struct event_dns *d = (const void *)e;

	return d->length <= sizeof(d->message) && d->via > SEGMENT_VIA_NONE && d->via < SEGMENT_VIAS;
}

#define ENDS(text) (memchr((text), '\0', sizeof(text)) != NULL)

static bool container_valid(const struct event *e)
{
	const struct event_container *c = (const void *)e;

	return c->id && ENDS(c->runtime) && ENDS(c->name) && ENDS(c->pod_uid) && ENDS(c->pod) && ENDS(c->namespace) &&
	       ENDS(c->k8s_name);
}

static bool lost_valid(const struct event *e)
{
	return ((const struct event_lost *)e)->since_ns <= e->ts_ns;
}

/* Are the fields of its kind in their ranges? */
static bool is_valid(const struct event *e)
{
	switch (e->kind) {
	case EVENT_LOST:
		return lost_valid(e);
	case EVENT_STATE:
		return state_valid(e);
	case EVENT_SEGMENT:
		return segment_valid(e);
	case EVENT_TIMEWAIT:
		return timewait_valid(e);
	case EVENT_RETRANSMIT:
		return retransmit_valid(e);
	case EVENT_RESET:
		return reset_valid(e);
	case EVENT_FREE:
		return free_valid(e);
	case EVENT_EXISTING:
		return existing_valid(e);
	case EVENT_DROP:
		return drop_valid(e);
	case EVENT_CGROUP:
		return cgroup_valid(e);
	case EVENT_PRESENT:
		return present_valid(e);
	case EVENT_ABSENT:
		return absent_valid(e);
	case EVENT_CONTAINER:
		return container_valid(e);
	case EVENT_ICMP:
		return icmp_valid(e);
	case EVENT_ERROR:
		return error_valid(e);
	case EVENT_DNS:
		return dns_valid(e);
	}
	return true;
}

#define _(block, name, bit) | EVENT_HAS_##block
static const uint8_t BLOCKS = 0 EVENT_BLOCKS(_);
#undef _

/* Flags of one kind alone. */
static const uint8_t OWN_FLAGS[EVENT_KINDS] = {
	[EVENT_ABSENT] = EVENT_SOCKETS_ONLY | EVENT_LISTED | EVENT_OVERDUE_ONLY,
	[EVENT_CLOCK] = EVENT_OF_NOW | EVENT_BEGINS | EVENT_CARRIED,
	[EVENT_PRESENT] = EVENT_TRIMMED,
	[EVENT_EXISTING] = EVENT_REPORTED,
};

const struct event *event_decode(const void *buf, size_t len, struct decode_counters *counters)
{
	const struct event *e = buf;
	size_t fixed, size;

	if ((uintptr_t)buf % 8) {
		counters->malformed++;
		return NULL;
	}
	if (len < sizeof(*e) || e->size > len) {
		counters->short_records++;
		return NULL;
	}
	fixed = e->kind < EVENT_KINDS ? FIXED_SIZE[e->kind] : 0;
	if (!fixed) {
		counters->unknown_kind++;
		return NULL;
	}
	size = fixed + blocks_size(e->flags);
	if (e->size < size) {
		counters->short_records++;
		return NULL;
	}
	if ((e->flags & ~(BLOCKS | OWN_FLAGS[e->kind])) || e->size != size || e->ts_ns > INT64_MAX || !is_valid(e)) {
		counters->malformed++;
		return NULL;
	}
	counters->good++;
	return e;
}
