// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * librdkafka's mock broker as a process: kafka_mock TOPIC prints its address and serves until stdin ends. Lines of
 * stdin: "down", "up", "refuse N" (the next N produce requests fail for good). Each is answered with "done".
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BROKER	1
#define PRODUCE 0 /* API key of Kafka's protocol */

static void refuse(rd_kafka_mock_cluster_t *cluster, int count)
{
	while (count-- > 0)
		rd_kafka_mock_push_request_errors(cluster, PRODUCE, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
}

static void obey(rd_kafka_mock_cluster_t *cluster, const char *command)
{
	if (!strcmp(command, "down\n"))
		rd_kafka_mock_broker_set_down(cluster, BROKER);
	else if (!strcmp(command, "up\n"))
		rd_kafka_mock_broker_set_up(cluster, BROKER);
	else if (!strncmp(command, "refuse ", 7))
		refuse(cluster, atoi(command + 7));
	else
		fprintf(stderr, "kafka_mock: no such command: %s", command);
}

int main(int argc, char **argv)
{
	char why[256], command[64];
	rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, NULL, why, sizeof(why));
	rd_kafka_mock_cluster_t *cluster = client ? rd_kafka_mock_cluster_new(client, 1) : NULL;

	if (argc != 2 || !cluster || rd_kafka_mock_topic_create(cluster, argv[1], 1, 1)) {
		fprintf(stderr, "kafka_mock: cannot start\n");
		return EXIT_FAILURE;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts(rd_kafka_mock_cluster_bootstraps(cluster));
	while (fgets(command, sizeof(command), stdin)) {
		obey(cluster, command);
		puts("done");
	}
	rd_kafka_mock_cluster_destroy(cluster);
	rd_kafka_destroy(client);
	return EXIT_SUCCESS;
}
