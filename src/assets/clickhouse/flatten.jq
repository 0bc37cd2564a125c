# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Records of tcplife-trace --json as flat rows for table.sql, one table at a time:
#   jq -c --arg table connections -f flatten.jq r.ndjson | clickhouse-client --query "INSERT INTO tcplife_connections FORMAT JSONEachRow"
#   jq -c --arg table time_waits  -f flatten.jq r.ndjson | clickhouse-client --query "INSERT INTO tcplife_time_waits FORMAT JSONEachRow"
# What is not known has no key, and takes the column's default.

# "2026-11-22T21:00:00.000000123Z": whole seconds as DateTime has them, in UTC.
def seconds: .[0:10] + " " + .[11:19];

def connection: {
	id, complete: (if .complete then 1 else 0 end), role, duration_ns, verdict,
	host: .host.name, start_time: (.start_time | seconds), start_ns: (.start_time[20:29] | tonumber),
	network_type: .network.type,
	client_address: .client.address, client_port: .client.port, client_bytes: .client.bytes,
	client_process: .client.process.opener.name,
	server_address: .server.address, server_port: .server.port, server_bytes: .server.bytes,
	server_process: (.server.process.acceptor.name // .server.process.opener.name),
	retransmits: ((.client.retransmits // 0) + (.server.retransmits // 0)),
	ending: .tcp.ending, ended_by: .tcp.ended_by, conn_state: .tcp.conn_state, history: .tcp.history,
	handshake_status: .handshake.status, handshake_ns: .handshake.duration_ns, syn_retransmits: .handshake.syn_retransmits,
	accept_delay_ns: .handshake.accept_delay_ns,
	established_ns: .established.duration_ns,
	teardown_kind: .teardown.kind, teardown_initiator: .teardown.initiator, teardown_ns: .teardown.duration_ns,
	close_delay_ns: .teardown.close_delay_ns,
	time_wait_side: .time_wait.side, time_wait_exit: .time_wait.exit, time_wait_ns: .time_wait.duration_ns
};

def time_wait: {
	id, host: .host.name, over_time: (."@timestamp" | seconds),
	client_address: .client.address, client_port: .client.port,
	server_address: .server.address, server_port: .server.port,
	side: .time_wait.side, exit: .time_wait.exit, duration_ns: .time_wait.duration_ns, restarts: .time_wait.restarts
};

if $table == "connections" then select(.schema == "tcplife.connection") | connection
elif $table == "time_waits" then select(.schema == "tcplife.time_wait") | time_wait
else error("--arg table connections, or time_waits") end
| with_entries(select(.value != null))
