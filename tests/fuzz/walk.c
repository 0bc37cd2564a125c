// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A captured packet's walk: link type, bytes that the snap length cut off, then the packet; and of its fragments. */
#include "fuzz.h"

#include "core/capture/dissect.h"

#define HEAD 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dissect_options options = { DISSECT_CHECKSUMS_IGNORE };
	struct dissect_packet p, whole, more;
	enum dissect_result r, r_more = DISSECT_TCP;
	int dlt;

	if (size < HEAD || size > UINT16_MAX)
		return 0;
	options.checksums = data[1] >> 7 ? DISSECT_CHECKSUMS_JUDGE : DISSECT_CHECKSUMS_IGNORE;
	dlt = data[0] | (data[1] & 0x7f) << 8;
	size -= HEAD;
	r = dissect_packet_headers(dlt, data + HEAD, size, size + data[2] + 256U * data[3], &options, &p);
	if (r < 0 || r >= DISSECT_RESULT_COUNT)
		abort();
	for (more = p; more.more; r_more = dissect_more(&options, &more)) {
		if (more.more < data + HEAD || more.more + more.more_cap > data + HEAD + size ||
		    more.more_cap > more.more_len)
			abort();
		if (r_more < 0 || r_more >= DISSECT_RESULT_COUNT)
			abort();
	}
	if (r != DISSECT_FRAGMENT)
		return 0;
	if (p.fragment < data + HEAD || p.fragment + p.fragment_len > data + HEAD + size)
		abort();
	whole = p;
	dissect_whole(p.fragment, p.fragment_len, &options, &whole);
	return 0;
}
