/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * How far a connection came before its client fell silent or a RST came in its name, in the words of Cloudflare Radar
 * ("TCP resets and timeouts") and of the study behind it: R. Sundara Raman et al., Global, Passive Detection of
 * Connection Tampering, SIGCOMM 2023. Both look at a server, at the first ten packets that it receives. Pure.
 */
#ifndef TCPLIFE_RADAR_H
#define TCPLIFE_RADAR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conn.h"

#define RADAR_PACKETS 10U /* from the client: what happens later is not anomalous to the study */

/* The name in the outputs, and what the server received before. */
#define RADAR_STAGES(_)                                                                                                \
	_(NONE, "none")		/* it did not end so, or not within the first packets */                               \
	_(POST_SYN, "post_syn") /* a SYN */                                                                            \
	_(POST_ACK, "post_ack") /* SYN and ACK */                                                                      \
	_(POST_PSH, "post_psh") /* SYN, ACK and one segment with data */                                               \
	_(LATER, "later")	/* several segments with data */

enum radar_stage {
#define _(name, text) RADAR_##name,
	RADAR_STAGES(_) RADAR_STAGE_COUNT,
#undef _
};

/* The study's 19 signatures: the name in the outputs, and the study's own. */
#define RADAR_SIGNATURES(_)                                                                                            \
	_(NONE, "", "")                                                                                                \
	_(SYN_NONE, "syn_none", "SYN → ∅")                                                                             \
	_(SYN_RST, "syn_rst", "SYN → RST")                                                                             \
	_(SYN_RSTACK, "syn_rstack", "SYN → RST+ACK")                                                                   \
	_(SYN_RST_RSTACK, "syn_rst_rstack", "SYN → RST; RST+ACK")                                                      \
	_(ACK_NONE, "ack_none", "SYN; ACK → ∅")                                                                        \
	_(ACK_RST, "ack_rst", "SYN; ACK → RST")                                                                        \
	_(ACK_RSTS, "ack_rsts", "SYN; ACK → RST; RST")                                                                 \
	_(ACK_RSTACK, "ack_rstack", "SYN; ACK → RST+ACK")                                                              \
	_(ACK_RSTACKS, "ack_rstacks", "SYN; ACK → RST+ACK; RST+ACK")                                                   \
	_(PSH_NONE, "psh_none", "PSH+ACK → ∅")                                                                         \
	_(PSH_RST, "psh_rst", "PSH+ACK → RST")                                                                         \
	_(PSH_RSTACK, "psh_rstack", "PSH+ACK → RST+ACK")                                                               \
	_(PSH_RST_RSTACK, "psh_rst_rstack", "PSH+ACK → RST; RST+ACK")                                                  \
	_(PSH_RSTACKS, "psh_rstacks", "PSH+ACK → RST+ACK; RST+ACK")                                                    \
	_(PSH_RSTS_SAME, "psh_rsts_same", "PSH+ACK → RST = RST")                                                       \
	_(PSH_RSTS_DIFFER, "psh_rsts_differ", "PSH+ACK → RST ≠ RST")                                                   \
	_(PSH_RST_RST0, "psh_rst_rst0", "PSH+ACK → RST; RST0")                                                         \
	_(DATA_RST, "data_rst", "PSH+ACK; Data → RST")                                                                 \
	_(DATA_RSTACK, "data_rstack", "PSH+ACK; Data → RST+ACK")

enum radar_signature {
#define _(name, text, study) RADAR_SIGNATURE_##name,
	RADAR_SIGNATURES(_) RADAR_SIGNATURE_COUNT,
#undef _
};

/* What the server received in the client's name. */
struct radar_evidence {
	bool established;    /* an ACK completed the handshake */
	uint32_t syns, data; /* segments */
	uint32_t rsts, rstacks;
	uint32_t zero_acks; /* of the RSTs without ACK, those whose acknowledgment number is 0 */
	bool acks_differ;   /* of these RSTs */
};

struct radar {
	uint8_t stage;	   /* enum radar_stage */
	uint8_t signature; /* enum radar_signature; NONE = none of the 19 */
};

/* Of a connection that a RST or silence ended within the first packets. */
struct radar radar_judge(const struct radar_evidence *e);
/* False: what is known of it, or where it was seen, does not decide. */
bool radar_of(const struct conn *c, struct radar *out);

const char *radar_stage_name(unsigned int stage);
/* "" for none. */
const char *radar_signature_name(unsigned int signature);

#endif
