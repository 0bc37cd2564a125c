-- SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
-- The table for rows of --clickhouse and -o rows; --clickhouse-tables makes it. Columns are explained in tcplife-trace-fleet(7).
-- Good for ClickHouse from 18.16 on. A row that comes twice, because an insert was sent again, is merged away.
CREATE TABLE IF NOT EXISTS tcplife_rows (
	kind String, host String, weight UInt32,
	id FixedString(32), role String, start_ns UInt64,
	client String, client_port UInt16, server String, server_port UInt16,
	client_nat String, client_nat_port UInt16, server_nat String, server_nat_port UInt16,
	process String, namespace String, container String, incomplete String,
	duration_ns UInt64, ending String, ended_by String, reset_reason String, reset_origin String, error String,
	handshake_ns UInt64, accept_ns UInt64, syn_after_ns UInt64, synack_after_ns UInt64,
	syns UInt16, synacks UInt16, c_fins UInt16, s_fins UInt16, c_rsts UInt16, s_rsts UInt16,
	c_packets UInt64, s_packets UInt64, c_bytes UInt64, s_bytes UInt64, c_retransmits UInt32, s_retransmits UInt32,
	rtt_ns UInt64, close_delay_ns UInt64,
	time_wait String, time_wait_exit String, time_wait_ns UInt64,
	start_time DateTime MATERIALIZED toDateTime(intDiv(start_ns, 1000000000)),
	day Date MATERIALIZED toDate(toDateTime(intDiv(start_ns, 1000000000)))
) ENGINE = ReplacingMergeTree PARTITION BY day ORDER BY (server_port, id, host, kind);
