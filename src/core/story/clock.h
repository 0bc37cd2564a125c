/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * How far the clocks of two hosts are apart, from the four times of handshakes between them. A handshake that took d
 * more than its server needed gives the offset to d / 2 whatever the two ways' delays were, so those with the least
 * delay count, and of a long recording the drift is fitted to them.
 */
#ifndef TCPLIFE_STORY_CLOCK_H
#define TCPLIFE_STORY_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* t1 SYN out, t2 SYN in, t3 SYN+ACK out, t4 SYN+ACK in; ns since the epoch, t1 and t4 by the client's clock. */
struct handshake_times {
	uint64_t t1, t2, t3, t4;
};

struct clock_sample {
	uint64_t at_ns; /* the first clock's time */
	int64_t offset_ns;
	uint64_t delay_ns; /* there and back */
};

#define CLOCK_WINDOWS 256

struct host_clocks {
	struct clock_sample *sample;
	size_t count, capacity;
	/* after host_clocks_fit() */
	struct clock_sample best[CLOCK_WINDOWS];
	size_t best_count;
	double drift; /* ns of offset gained in a ns; 0 = not fitted */
	bool has_drift;
};

/* Is that possible of one handshake? The server cannot have taken longer than the client waited. */
bool handshake_is_possible(const struct handshake_times *t);
/* forward: the first host of the pair is the client; else the offset is turned round. 0, -EINVAL if it is not possible,
 * or -ENOMEM. */
int host_clocks_add(struct host_clocks *p, const struct handshake_times *t, bool forward);
void host_clocks_fit(struct host_clocks *p);
/*
 * The second clock minus the first when the first shows at_ns, and how wrong that may be: half of the delay of the
 * handshake that it stands on, and 100 ppm of the time since, 1 ppm if the drift was fitted. false: no sample.
 */
bool host_clocks_at(const struct host_clocks *p, uint64_t at_ns, int64_t *offset_ns, uint64_t *error_ns);
void host_clocks_free(struct host_clocks *p);

#endif
