-- SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
-- Tables for the records of tcplife-trace --json, flattened by flatten.jq. Run: clickhouse-client --multiquery < table.sql
-- A fact that is not known is 0 or ''; durations are in nanoseconds. Good for ClickHouse from 18.16 on.
CREATE TABLE IF NOT EXISTS tcplife_connections (
	id FixedString(32),
	host String,
	start_time DateTime,
	start_ns UInt32,
	day Date DEFAULT toDate(start_time),
	complete UInt8,
	role String,
	network_type String,
	client_address String, client_port UInt16, client_bytes UInt64, client_process String,
	server_address String, server_port UInt16, server_bytes UInt64, server_process String,
	duration_ns UInt64,
	retransmits UInt32,
	ending String, ended_by String, conn_state String, history String, verdict String,
	handshake_status String, handshake_ns UInt64, syn_retransmits UInt32, accept_delay_ns UInt64,
	established_ns UInt64,
	teardown_kind String, teardown_initiator String, teardown_ns UInt64, close_delay_ns UInt64,
	time_wait_side String, time_wait_exit String, time_wait_ns UInt64
) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (server_port, start_time, id);

CREATE TABLE IF NOT EXISTS tcplife_time_waits (
	id FixedString(32),
	host String,
	over_time DateTime,
	day Date DEFAULT toDate(over_time),
	client_address String, client_port UInt16,
	server_address String, server_port UInt16,
	side String, exit String, duration_ns UInt64, restarts UInt32
) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (server_port, over_time, id);
