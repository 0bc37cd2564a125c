// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The 19 signatures of the study, by what the server received; and what is none of them. */
#include "core/record/radar.h"
#include "test.h"

/* Handshake through? SYNs, data segments, RSTs, RST+ACKs, RSTs with number 0, do the RSTs' numbers differ? */
static const struct {
	struct radar_evidence evidence;
	const char *stage, *signature;
} ROWS[] = {
	{ { false, 1, 0, 0, 0, 0, false }, "post_syn", "syn_none" },
	{ { false, 1, 0, 1, 0, 1, false }, "post_syn", "syn_rst" },
	{ { false, 1, 0, 3, 0, 3, false }, "post_syn", "syn_rst" },
	{ { false, 1, 0, 0, 1, 0, false }, "post_syn", "syn_rstack" },
	{ { false, 1, 0, 1, 1, 1, false }, "post_syn", "syn_rst_rstack" },
	{ { true, 1, 0, 0, 0, 0, false }, "post_ack", "ack_none" },
	{ { true, 1, 0, 1, 0, 1, false }, "post_ack", "ack_rst" },
	{ { true, 1, 0, 2, 0, 1, true }, "post_ack", "ack_rsts" },
	{ { true, 1, 0, 0, 1, 0, false }, "post_ack", "ack_rstack" },
	{ { true, 1, 0, 0, 3, 0, false }, "post_ack", "ack_rstacks" },
	{ { true, 1, 1, 0, 0, 0, false }, "post_psh", "psh_none" },
	{ { true, 1, 1, 1, 0, 0, false }, "post_psh", "psh_rst" },
	{ { true, 1, 1, 0, 1, 0, false }, "post_psh", "psh_rstack" },
	{ { true, 1, 1, 2, 1, 0, true }, "post_psh", "psh_rst_rstack" },
	{ { true, 1, 1, 0, 2, 0, false }, "post_psh", "psh_rstacks" },
	{ { true, 1, 1, 2, 0, 0, false }, "post_psh", "psh_rsts_same" },
	{ { true, 1, 1, 2, 0, 2, false }, "post_psh", "psh_rsts_same" },
	{ { true, 1, 1, 3, 0, 0, true }, "post_psh", "psh_rsts_differ" },
	{ { true, 1, 1, 2, 0, 1, true }, "post_psh", "psh_rst_rst0" },
	{ { true, 1, 2, 1, 0, 0, false }, "later", "data_rst" },
	{ { true, 1, 5, 0, 2, 0, false }, "later", "data_rstack" },
	/* none of the 19 */
	{ { false, 2, 0, 1, 0, 1, false }, "post_syn", "" },
	{ { true, 1, 0, 1, 1, 0, false }, "post_ack", "" },
	{ { true, 1, 2, 1, 1, 0, false }, "later", "" },
	{ { true, 1, 2, 0, 0, 0, false }, "later", "" },
};

CASE(each_signature)
{
	bool met[RADAR_SIGNATURE_COUNT] = { false };

	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		struct radar r = radar_judge(&ROWS[i].evidence);

		CHECK_EQ_STR(radar_stage_name(r.stage), ROWS[i].stage);
		CHECK_EQ_STR(radar_signature_name(r.signature), ROWS[i].signature);
		met[r.signature] = true;
	}
	for (int i = 0; i < RADAR_SIGNATURE_COUNT; i++)
		CHECK(met[i]);
}
