-- SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
-- Both ends of a connection as one row, merged by id as the rows come in. After rows.sql:
--   clickhouse-client --multiquery < fleet.sql
-- Every aggregate gives the same if a row comes twice. A host that only forwards has no role, and is left out here.
CREATE TABLE IF NOT EXISTS tcplife_ends (
	id FixedString(32), day Date, server_port UInt16,
	c_host AggregateFunction(maxIf, String, UInt8), s_host AggregateFunction(maxIf, String, UInt8),
	weight AggregateFunction(min, UInt32),
	c_start_ns AggregateFunction(maxIf, UInt64, UInt8), s_start_ns AggregateFunction(maxIf, UInt64, UInt8),
	client AggregateFunction(maxIf, String, UInt8), server AggregateFunction(maxIf, String, UInt8),
	c_process AggregateFunction(maxIf, String, UInt8), s_process AggregateFunction(maxIf, String, UInt8),
	c_ending AggregateFunction(maxIf, String, UInt8), s_ending AggregateFunction(maxIf, String, UInt8),
	c_incomplete AggregateFunction(maxIf, String, UInt8), s_incomplete AggregateFunction(maxIf, String, UInt8),
	c_duration_ns AggregateFunction(maxIf, UInt64, UInt8), s_duration_ns AggregateFunction(maxIf, UInt64, UInt8),
	accept_ns AggregateFunction(maxIf, UInt64, UInt8),
	c_t1_ns AggregateFunction(maxIf, UInt64, UInt8), c_t4_ns AggregateFunction(maxIf, UInt64, UInt8),
	s_t2_ns AggregateFunction(maxIf, UInt64, UInt8), s_t3_ns AggregateFunction(maxIf, UInt64, UInt8),
	c_syns AggregateFunction(maxIf, UInt16, UInt8), s_syns AggregateFunction(maxIf, UInt16, UInt8),
	c_synacks AggregateFunction(maxIf, UInt16, UInt8), s_synacks AggregateFunction(maxIf, UInt16, UInt8),
	c_c_rsts AggregateFunction(maxIf, UInt16, UInt8), s_c_rsts AggregateFunction(maxIf, UInt16, UInt8),
	c_s_rsts AggregateFunction(maxIf, UInt16, UInt8), s_s_rsts AggregateFunction(maxIf, UInt16, UInt8)
) ENGINE = AggregatingMergeTree PARTITION BY day ORDER BY (server_port, id);

CREATE MATERIALIZED VIEW IF NOT EXISTS tcplife_ends_of_rows TO tcplife_ends AS SELECT
	id, toDate(toDateTime(intDiv(start_ns, 1000000000))) AS day, server_port,
	maxIfState(host, role = 'client') AS c_host, maxIfState(host, role = 'server') AS s_host,
	minState(weight) AS weight,
	maxIfState(start_ns, role = 'client') AS c_start_ns, maxIfState(start_ns, role = 'server') AS s_start_ns,
	maxIfState(client, role = 'client') AS client, maxIfState(server, role = 'server') AS server,
	maxIfState(process, role = 'client') AS c_process, maxIfState(process, role = 'server') AS s_process,
	maxIfState(ending, role = 'client') AS c_ending, maxIfState(ending, role = 'server') AS s_ending,
	maxIfState(incomplete, role = 'client') AS c_incomplete, maxIfState(incomplete, role = 'server') AS s_incomplete,
	maxIfState(duration_ns, role = 'client') AS c_duration_ns, maxIfState(duration_ns, role = 'server') AS s_duration_ns,
	maxIfState(accept_ns, role = 'server') AS accept_ns,
	maxIfState(start_ns + syn_after_ns, role = 'client' AND synack_after_ns > 0) AS c_t1_ns,
	maxIfState(start_ns + syn_after_ns + synack_after_ns, role = 'client' AND synack_after_ns > 0) AS c_t4_ns,
	maxIfState(start_ns + syn_after_ns, role = 'server' AND synack_after_ns > 0) AS s_t2_ns,
	maxIfState(start_ns + syn_after_ns + synack_after_ns, role = 'server' AND synack_after_ns > 0) AS s_t3_ns,
	maxIfState(syns, role = 'client') AS c_syns, maxIfState(syns, role = 'server') AS s_syns,
	maxIfState(synacks, role = 'client') AS c_synacks, maxIfState(synacks, role = 'server') AS s_synacks,
	maxIfState(c_rsts, role = 'client') AS c_c_rsts, maxIfState(c_rsts, role = 'server') AS s_c_rsts,
	maxIfState(s_rsts, role = 'client') AS c_s_rsts, maxIfState(s_rsts, role = 'server') AS s_s_rsts
FROM tcplife_rows WHERE kind = 'connection' AND role IN ('client', 'server') GROUP BY id, day, server_port;

-- What can be asked: a row for each connection. c_X is X as the client's host has it, s_X the server's; 0 or '' without that half.
CREATE VIEW IF NOT EXISTS tcplife_pairs AS SELECT
	id, max(server_port) AS server_port, minMerge(weight) AS weight,
	maxIfMerge(c_host) AS c_host, maxIfMerge(s_host) AS s_host,
	maxIfMerge(c_start_ns) AS c_start_ns, maxIfMerge(s_start_ns) AS s_start_ns,
	maxIfMerge(client) AS client, maxIfMerge(server) AS server,
	maxIfMerge(c_process) AS c_process, maxIfMerge(s_process) AS s_process,
	maxIfMerge(c_ending) AS c_ending, maxIfMerge(s_ending) AS s_ending,
	maxIfMerge(c_incomplete) AS c_incomplete, maxIfMerge(s_incomplete) AS s_incomplete,
	maxIfMerge(c_duration_ns) AS c_duration_ns, maxIfMerge(s_duration_ns) AS s_duration_ns,
	maxIfMerge(accept_ns) AS accept_ns,
	maxIfMerge(c_t1_ns) AS t1_ns, maxIfMerge(s_t2_ns) AS t2_ns, maxIfMerge(s_t3_ns) AS t3_ns, maxIfMerge(c_t4_ns) AS t4_ns,
	maxIfMerge(c_syns) AS c_syns, maxIfMerge(s_syns) AS s_syns,
	maxIfMerge(c_synacks) AS c_synacks, maxIfMerge(s_synacks) AS s_synacks,
	maxIfMerge(c_c_rsts) AS c_c_rsts, maxIfMerge(s_c_rsts) AS s_c_rsts,
	maxIfMerge(c_s_rsts) AS c_s_rsts, maxIfMerge(s_s_rsts) AS s_s_rsts
FROM tcplife_ends GROUP BY id;
