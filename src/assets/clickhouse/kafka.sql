-- SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
-- Rows from Kafka (tcplife-trace --kafka=BROKERS/tcplife --kafka-format=rows) into the table of rows.sql, after it. Put your
-- brokers and topic in. Written for today's ClickHouse; 18.16 has this engine, too.
CREATE TABLE IF NOT EXISTS tcplife_rows_kafka (
	kind String, host String, weight UInt32,
	id String, role String, start_ns UInt64,
	client String, client_port UInt16, server String, server_port UInt16,
	client_nat String, client_nat_port UInt16, server_nat String, server_nat_port UInt16,
	process String, namespace String, container String, incomplete String,
	duration_ns UInt64, ending String, ended_by String, reset_reason String, reset_origin String, error String,
	handshake_ns UInt64, accept_ns UInt64, syn_after_ns UInt64, synack_after_ns UInt64,
	syns UInt16, synacks UInt16, c_fins UInt16, s_fins UInt16, c_rsts UInt16, s_rsts UInt16,
	c_packets UInt64, s_packets UInt64, c_bytes UInt64, s_bytes UInt64, c_retransmits UInt32, s_retransmits UInt32,
	rtt_ns UInt64, close_delay_ns UInt64,
	time_wait String, time_wait_exit String, time_wait_ns UInt64
) ENGINE = Kafka SETTINGS kafka_broker_list = 'kafka1:9092', kafka_topic_list = 'tcplife', kafka_group_name = 'tcplife',
	kafka_format = 'JSONEachRow', kafka_num_consumers = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS tcplife_rows_of_kafka TO tcplife_rows AS SELECT * FROM tcplife_rows_kafka;
