-- SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
-- Questions to the tables of table.sql. Run: clickhouse-client --multiquery < queries.sql

-- services: how many connections, how many never came to be, how long the handshake takes
SELECT server_port, count() AS connections, countIf(handshake_status NOT IN ('completed', '')) AS failed,
	round(quantileIf(0.5)(handshake_ns, handshake_status = 'completed') / 1e6, 3) AS handshake_median_ms,
	round(quantileIf(0.99)(handshake_ns, handshake_status = 'completed') / 1e6, 3) AS handshake_99_ms
FROM tcplife_connections GROUP BY server_port ORDER BY connections DESC, server_port;

-- endings: how connections end, and who ends them
SELECT ending, ended_by, count() AS connections FROM tcplife_connections GROUP BY ending, ended_by
ORDER BY connections DESC, ending, ended_by;

-- failures: who cannot reach whom
SELECT client_address, server_address, server_port, handshake_status, count() AS connections, any(verdict) AS example
FROM tcplife_connections WHERE handshake_status NOT IN ('completed', 'in_progress', '')
GROUP BY client_address, server_address, server_port, handshake_status
ORDER BY connections DESC, client_address, server_address, server_port, handshake_status;

-- time_waits: how long they really last, and why they end
SELECT exit, count() AS time_waits, round(quantile(0.5)(duration_ns) / 1e9, 3) AS median_s, round(max(duration_ns) / 1e9, 3) AS longest_s
FROM tcplife_time_waits GROUP BY exit ORDER BY time_waits DESC, exit;

-- first_closers: which side closes first, and so holds TIME_WAIT, by service
SELECT server_port, teardown_initiator, count() AS connections FROM tcplife_connections WHERE teardown_initiator != ''
GROUP BY server_port, teardown_initiator ORDER BY connections DESC, server_port, teardown_initiator;

-- slow_closers: programs that take long to close after the other end did
SELECT if(teardown_initiator = 'client', server_process, client_process) AS program, count() AS connections,
	round(max(close_delay_ns) / 1e9, 3) AS longest_s
FROM tcplife_connections WHERE close_delay_ns > 0 GROUP BY program ORDER BY longest_s DESC, program LIMIT 20;
