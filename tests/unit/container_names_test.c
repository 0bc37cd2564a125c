// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/container_names.h"

#include "test.h"

#define ID  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UID "d9a1c2f0-3b5e-4f60-8c1d-0123456789ab"

CASE(a_pods_directory)
{
	struct container_names n = { .name = "stays" };

	CHECK(container_names_pod_dir("kube-system_coredns-5d78c9869d-abcde_" UID, &n));
	CHECK_EQ_STR(n.namespace, "kube-system");
	CHECK_EQ_STR(n.pod, "coredns-5d78c9869d-abcde");
	CHECK_EQ_STR(n.pod_uid, UID);
	CHECK_EQ_STR(n.name, "stays");
	CHECK(container_names_pod_dir("kube-system_etcd-node.example_0123456789abcdef0123456789abcdef", &n));
	CHECK_EQ_STR(n.pod, "etcd-node.example");
}

CASE(a_logs_link)
{
	struct container_names n = { 0 };
	char id[CONTAINER_ID_SIZE];

	CHECK(container_names_log_link("web-0_shop_nginx-proxy-" ID ".log", &n, id));
	CHECK_EQ_STR(n.pod, "web-0");
	CHECK_EQ_STR(n.namespace, "shop");
	CHECK_EQ_STR(n.k8s_name, "nginx-proxy");
	CHECK_EQ_STR(id, ID);
}

CASE(the_name_that_a_runtime_was_given)
{
	struct container_names n = { 0 };

	CHECK(container_names_runtime_name("k8s_nginx_web-0_shop_" UID "_3", &n));
	CHECK_EQ_STR(n.k8s_name, "nginx");
	CHECK_EQ_STR(n.pod, "web-0");
	CHECK_EQ_STR(n.namespace, "shop");
	CHECK_EQ_STR(n.pod_uid, UID);
}

CASE(what_is_of_another_form)
{
	static const char *const texts[] = {
		"",
		"_",
		"__",
		"a_b",
		"a_b_",
		"a_b_nouid!",
		"a b_c_" UID,
		"a_b_c_" UID,
		"a_\x01_" UID,
		"k8s_a_b_c_" UID,
		"K8S_a_b_c_" UID "_0",
		"k8s__b_c_" UID "_0",
		"web_shop_nginx-" ID,
		"web_shop_" ID ".log",
		"web_shop_-" ID ".log",
		"web_shop_nginx-" ID "0.log",
		"web_shop_nginx-0" ID ".log",
		"web_shop_nginx_" ID ".log",
		/* longer than Kubernetes allows */
		"0123456789012345678901234567890123456789012345678901234567890123_pod_" UID,
	};
	struct container_names n = { .pod = "kept" };
	char id[CONTAINER_ID_SIZE];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CHECK(!container_names_pod_dir(texts[i], &n));
		CHECK(!container_names_log_link(texts[i], &n, id));
		CHECK(!container_names_runtime_name(texts[i], &n));
		CHECK_EQ_STR(n.pod, "kept");
	}
}
