// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "source/capture_packets.h"

#include <string.h>

#include "lib/log.h"
#include "lib/strbuf.h"
#include "source/capture_time.h"

#define PAYLOAD_MAX (1U << 20)

int capture_packets_init(struct capture_packets *p, enum dissect_checksums rule, bool as_they_come,
			 capture_emit_fn emit, void *ctx)
{
	*p = (struct capture_packets) {
		.emit = emit, .ctx = ctx, .options = { .checksums = rule }, .as_they_come = as_they_come
	};
	fragments_init(&p->fragments);
	return checksums_init(&p->checksums) ?: sightings_init(&p->sightings) ?: reorder_init(&p->reorder);
}

void capture_packets_free(struct capture_packets *p)
{
	fragments_free(&p->fragments);
	checksums_free(&p->checksums);
	sightings_free(&p->sightings);
	reorder_free(&p->reorder);
}

/* ---- checksums ---- */

void capture_packets_survey(struct capture_packets *p, const struct captured_packet *in)
{
	struct dissect_packet d;
	enum dissect_result result = dissect_packet_headers(in->dlt, in->bytes, in->cap, in->len, &p->options, &d);

	p->surveyed++;
	if (result == DISSECT_TCP)
		checksums_note(&p->checksums, &d);
	while (d.more)
		if (dissect_more(&p->options, &d) == DISSECT_TCP)
			checksums_note(&p->checksums, &d);
}

/* What is wrong and taken has no mark; what is left out is counted here or, where TCP's is wrong, marked. */
static enum dissect_result judge(struct capture_packets *p, struct dissect_packet *d)
{
	enum checksums_verdict verdict;

	if (p->options.checksums != DISSECT_CHECKSUMS_JUDGE) {
		p->left_out += !!(d->flags & SEGMENT_BAD_CHECKSUM);
		return DISSECT_TCP;
	}
	p->offload += d->checksum == CHECKSUM_OFFLOAD;
	if (!p->surveyed || d->protocol) /* what fragments make up, no survey shows */
		checksums_note(&p->checksums, d);
	if (!checksums_is_wrong(d))
		return DISSECT_TCP;
	verdict = checksums_judge(&p->checksums, d);
	if (verdict != CHECKSUMS_DAMAGE) {
		p->taken++;
		p->of_host |= verdict == CHECKSUMS_ALL_OF_HOST;
		return DISSECT_TCP;
	}
	if (d->checksum == CHECKSUM_WRONG_IP)
		return DISSECT_BAD_IP_CHECKSUM;
	p->left_out++;
	d->flags |= SEGMENT_BAD_CHECKSUM;
	return DISSECT_TCP;
}

/* ---- one packet ---- */

/* Those of before. */
static void emit_icmp(struct capture_packets *p, uint64_t before_ns)
{
	unsigned int n = 0;

	while (n < p->icmp_count && p->icmp[n].event.ts_ns < before_ns)
		p->emit(p->ctx, &p->icmp[n++].event);
	p->icmp_count -= n;
	memmove(p->icmp, p->icmp + n, p->icmp_count * sizeof(p->icmp[0]));
}

static void drain(struct capture_packets *p, bool all)
{
	const struct event_segment *e;

	while ((e = reorder_next(&p->reorder, all))) {
		emit_icmp(p, e->event.ts_ns);
		p->emit(p->ctx, &e->event);
	}
	if (all)
		emit_icmp(p, UINT64_MAX);
}

void capture_packets_flush(struct capture_packets *p)
{
	drain(p, true);
}

static void emit_segment(struct capture_packets *p, const struct dissect_packet *d, const struct captured_packet *in)
{
	struct event_segment e = {
		.event = { .kind = EVENT_SEGMENT, .size = sizeof(e), .ts_ns = capture_time(in->wall_ns) },
		.tuple = d->tuple,
		.tcp_flags = d->tcp_flags,
		.via = SEGMENT_VIA_PCAP,
		.flags = d->flags,
		.ttl = d->ttl,
		.seq = d->seq,
		.ack = d->ack,
		.payload_len = d->payload_len < PAYLOAD_MAX ? d->payload_len : PAYLOAD_MAX,
		.ifindex = in->file,
		.window = d->window,
		.vlan = { d->vlan[0], d->vlan[1] },
	};

	if (p->as_they_come) {
		p->emit(p->ctx, &e.event);
		return;
	}
	reorder_add(&p->reorder, &e);
	drain(p, false);
}

static void take_segment(struct capture_packets *p, struct dissect_packet *d, const struct captured_packet *in)
{
	enum dissect_result result = judge(p, d);

	p->result[result]++;
	if (result != DISSECT_TCP)
		return;
	p->bad_headers += !!(d->flags & SEGMENT_BAD_HEADER);
	p->tunneled += d->tunnels != 0;
	if (p->as_they_come ||
	    !sightings_again(&p->sightings, d, (uint64_t)in->file << 32 | in->interface, in->wall_ns))
		emit_segment(p, d, in);
}

/* One error that passes several points is distinguished from two by them, as live (core/conn_error.c). */
static uint32_t place_of(const struct dissect_packet *d, const struct captured_packet *in)
{
	return (in->file * 31 + in->interface) * 31 + d->point;
}

static void take_icmp(struct capture_packets *p, const struct dissect_packet *d, const struct captured_packet *in)
{
	struct event_icmp e = {
		.event = { .kind = EVENT_ICMP, .size = sizeof(e), .ts_ns = capture_time(in->wall_ns) },
		.tuple = d->tuple,
		.seq = d->seq,
		.version = d->icmp_version,
		.type = d->icmp_type,
		.code = d->icmp_code,
		.via = SEGMENT_VIA_PCAP,
		.mtu = d->icmp_mtu,
		.ifindex = place_of(d, in),
	};

	memcpy(e.from, d->icmp_from, sizeof(e.from));
	if (p->icmp_count == CAPTURE_ICMP_MAX)
		drain(p, true);
	p->icmp[p->icmp_count++] = e;
	if (p->as_they_come)
		drain(p, true);
}

static void take_whole(struct capture_packets *p, enum dissect_result result, struct dissect_packet *d,
		       const struct captured_packet *in)
{
	if (result == DISSECT_TCP) {
		take_segment(p, d, in);
		return;
	}
	p->result[result]++;
	if (result == DISSECT_ICMP)
		take_icmp(p, d, in);
}

/* One of what a packet holds. */
static void take(struct capture_packets *p, enum dissect_result result, struct dissect_packet *d,
		 const struct captured_packet *in)
{
	struct dissect_packet whole = *d;
	const uint8_t *bytes;
	uint32_t len;

	take_whole(p, result, &whole, in);
	if (result != DISSECT_FRAGMENT)
		return;
	bytes = fragments_add(&p->fragments, d, in->wall_ns, &len);
	if (bytes)
		take_whole(p, dissect_whole(bytes, len, &p->options, &whole), &whole, in);
}

void capture_packets_take(struct capture_packets *p, const struct captured_packet *in)
{
	struct dissect_packet d;

	take(p, dissect_packet_headers(in->dlt, in->bytes, in->cap, in->len, &p->options, &d), &d, in);
	while (d.more)
		take(p, dissect_more(&p->options, &d), &d, in);
	p->surveyed -= p->surveyed != 0;
}

void capture_packets_finish(struct capture_packets *p)
{
	fragments_finish(&p->fragments);
	capture_packets_flush(p);
}

/* ---- what is said ---- */

static void say_checksums(const struct capture_packets *p)
{
	unsigned long long all = p->result[DISSECT_TCP];

	if (p->offload)
		log_notice(
			"%llu of %llu TCP segments have the checksums that a sending host leaves to its network card "
			"(offload), and were taken",
			(unsigned long long)p->offload, all);
	if (p->taken)
		log_notice("%llu of %llu TCP segments have other wrong checksums, %s: no damage, but a host that "
			   "offloads them, or addresses that were changed; they were taken, --checksums=drop leaves "
			   "them out",
			   (unsigned long long)p->taken, all,
			   p->of_host ? "all that some host sent" : "more than one in 20");
	if (p->left_out)
		log_notice("%llu of %llu TCP segments have wrong checksums%s and were skipped, -C takes them as well",
			   (unsigned long long)p->left_out, all,
			   p->options.checksums == DISSECT_CHECKSUMS_JUDGE ? ", so few that they are damage," : "");
}

static void say_order(const struct capture_packets *p)
{
	const struct reorder *r = &p->reorder;
	unsigned long long back = r->back, moved = r->by_numbers;

	if (back || moved)
		log_notice("%llu packets were out of order: the times of %llu go back, %llu were captured after what "
			   "acknowledges them; sequence numbers decided",
			   back + moved, back, moved);
}

static void say_sightings(const struct capture_packets *p)
{
	const struct sightings *s = &p->sightings;

	if (!s->again)
		return;
	if (sightings_each(s) > 1)
		log_notice("the capture holds each packet %u times: %llu of %llu TCP segments were seen before, at "
			   "another "
			   "point or in the same moment, and count once",
			   sightings_each(s), (unsigned long long)s->again, (unsigned long long)s->segments);
	else
		log_notice(
			"%llu of %llu TCP segments were seen before, at another point or in the same moment, and count "
			"once",
			(unsigned long long)s->again, (unsigned long long)s->segments);
}

void capture_packets_say(const struct capture_packets *p, uint64_t total)
{
	static const char *const words[] = {
#define _(name, words) words,
		DISSECT_RESULTS(_)
#undef _
	};
	struct strbuf text = { 0 };

	for (int i = DISSECT_TRUNCATED; i < DISSECT_RESULT_COUNT; i++)
		if (p->result[i])
			strbuf_printf(&text, ", %llu %s", (unsigned long long)p->result[i], words[i]);
	if (p->bad_headers)
		strbuf_printf(&text, ", %llu with a wrong TCP header length", (unsigned long long)p->bad_headers);
	if (p->fragments.given_up)
		strbuf_printf(&text, ", %llu of which not all fragments came",
			      (unsigned long long)p->fragments.given_up);
	if (text.len)
		log_notice("packets skipped, of %llu:%s", (unsigned long long)total, strbuf_text(&text) + 1);
	strbuf_free(&text);
	say_checksums(p);
	say_sightings(p);
	say_order(p);
	if (p->tunneled)
		log_notice("%llu TCP segments came in tunnels", (unsigned long long)p->tunneled);
}
