-- SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
-- Questions to the tables of rows.sql and fleet.sql. Run: clickhouse-client --multiquery < fleet_queries.sql
-- Sums of weight are estimates with --sample, since orderly connections are then 1 in N; what went wrong is counted exactly.

-- syns_lost: SYNs that left the client's host and did not come to the server's, by pair of hosts
SELECT c_host, s_host, count() AS connections, sum(c_syns) - sum(s_syns) AS syns_lost FROM tcplife_pairs
WHERE c_host != '' AND s_host != '' AND c_syns > s_syns AND c_incomplete = '' AND s_incomplete = ''
GROUP BY c_host, s_host ORDER BY syns_lost DESC, c_host, s_host;

-- injected_resets: RSTs that came to one host and were not sent by the other
SELECT c_host, s_host, server_port, count() AS connections FROM tcplife_pairs
WHERE c_host != '' AND s_host != '' AND c_incomplete = '' AND s_incomplete = '' AND (c_s_rsts > s_s_rsts OR s_c_rsts > c_c_rsts)
GROUP BY c_host, s_host, server_port ORDER BY connections DESC, c_host, s_host, server_port;

-- idle_timeouts: connections that one end closed in order or still has, and the other gave up: the path forgot them
SELECT server_port, count() AS connections, max(c_duration_ns) AS longest_ns FROM tcplife_pairs
WHERE c_host != '' AND s_host != '' AND c_ending != s_ending AND (c_ending = 'timed_out' OR s_ending = 'timed_out')
GROUP BY server_port ORDER BY connections DESC, server_port;

-- half_missing: connections of which one host alone reported, by host and port: the other has no tracer, or changes the numbers
SELECT if(c_host = '', s_host, c_host) AS host, server_port, sum(weight) AS connections FROM tcplife_pairs
WHERE c_host = '' OR s_host = '' GROUP BY host, server_port ORDER BY connections DESC, host, server_port;

-- clocks: how far the server's clock is ahead of the client's, by pair of hosts and minute, of the handshake with the least delay
SELECT c_host, s_host, intDiv(t1_ns, 60000000000) AS minute, min(t4_ns - t1_ns - (t3_ns - t2_ns)) AS delay_ns,
	argMin(intDiv(toInt64(t2_ns) - toInt64(t1_ns) + toInt64(t3_ns) - toInt64(t4_ns), 2), t4_ns - t1_ns - (t3_ns - t2_ns)) AS offset_ns
FROM tcplife_pairs WHERE t1_ns > 0 AND t2_ns > 0 AND c_syns = 1 AND s_syns = 1 AND c_synacks = 1 AND s_synacks = 1
GROUP BY c_host, s_host, minute ORDER BY c_host, s_host, minute;

-- services: by server port and minute, how many connections and how many went wrong
SELECT server_port, intDiv(start_ns, 60000000000) AS minute, sum(weight) AS connections,
	sum(if(ending IN ('closed', 'open'), 0, weight)) AS failed, sum(c_bytes) AS client_bytes, sum(s_bytes) AS server_bytes
FROM tcplife_rows WHERE kind = 'connection' AND role = 'server' GROUP BY server_port, minute ORDER BY server_port, minute;

-- time_waits: how many each host held, and how they ended
SELECT host, time_wait_exit, sum(weight) AS time_waits, max(time_wait_ns) AS longest_ns FROM tcplife_rows
WHERE kind = 'time_wait' GROUP BY host, time_wait_exit ORDER BY time_waits DESC, host, time_wait_exit;

-- slow_accepts: servers that let connections wait longest for accept()
SELECT host, process, server_port, max(accept_ns) AS longest_ns FROM tcplife_rows WHERE accept_ns > 0
GROUP BY host, process, server_port ORDER BY longest_ns DESC, host, process, server_port LIMIT 20;
