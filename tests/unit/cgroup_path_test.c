// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "core/cgroup_path.h"

#include "test.h"

#define ID   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID2  "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UID  "d9a1c2f0-3b5e-4f60-8c1d-0123456789ab"
#define UID_ "d9a1c2f0_3b5e_4f60_8c1d_0123456789ab"

static struct cgroup_place place;

static const struct cgroup_place *parsed(const char *path)
{
	cgroup_path_parse(path, &place);
	return &place;
}

static void check(const char *path, const char *container, const char *runtime, const char *pod, const char *unit)
{
	parsed(path);
	CHECK_EQ_STR(place.container, container);
	CHECK_EQ_STR(place.runtime, runtime);
	CHECK_EQ_STR(place.pod_uid, pod);
	CHECK_EQ_STR(place.unit, unit);
}

CASE(containers_by_the_names_of_their_cgroups)
{
	check("/system.slice/docker-" ID ".scope", ID, "docker", "", "");
	check("/docker/" ID, ID, "docker", "", "");
	check("/machine.slice/libpod-" ID ".scope/container", ID, "podman", "", "");
	check("/libpod_parent/libpod-" ID, ID, "podman", "", "");
	check("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope", ID, "podman", "", "");
	check("/system.slice/nerdctl-" ID ".scope", ID, "containerd", "", "");
	check("/default/" ID, ID, "", "", "");
	check("/" ID "/docker-" ID2 ".scope", ID2, "docker", "", "");
}

CASE(pods_by_either_driver)
{
	check("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice/cri-containerd-" ID
	      ".scope",
	      ID, "containerd", UID, "");
	check("/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" ID ".scope", ID, "cri-o", UID, "");
	check("/kubepods/besteffort/pod" UID "/" ID, ID, "", UID, "");
	check("/kubepods/pod" UID "/crio-" ID, ID, "cri-o", UID, "");
	check("/kubepods/burstable/pod0123456789abcdef0123456789abcdef/" ID, ID, "", "0123456789abcdef0123456789abcdef",
	      "");
	/* kind: a node that is a container itself */
	check("/system.slice/docker-" ID2 ".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" UID_
	      ".slice/cri-containerd-" ID ".scope",
	      ID, "containerd", UID, "");
	/* Its path was too long: the end is left. */
	check("d" UID_ ".slice/cri-containerd-" ID ".scope", ID, "containerd", "", "");
}

CASE(units_of_systemd)
{
	check("/system.slice/nginx.service", "", "", "", "nginx.service");
	check("/system.slice/system-postgresql.slice/postgresql@15-main.service", "", "", "",
	      "postgresql@15-main.service");
	check("/system.slice/foo.service/payload/worker", "", "", "", "foo.service");
	check("/user.slice/user-0.slice/session-3.scope", "", "", "", "session-3.scope");
	check("/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox.scope", "", "", "",
	      "app-firefox.scope");
	check("/system.slice/dbus.socket", "", "", "", "dbus.socket");
	check("/system.slice", "", "", "", "");
}

CASE(what_is_no_container)
{
	check("", "", "", "", "");
	check("/", "", "", "", "");
	check("//", "", "", "", "");
	check("/" ID "0", "", "", "", "");
	check("/x" ID, "", "", "", "");
	check("/" ID "xyz", "", "", "", "");
	check("/0123456789abcdef", "", "", "", "");
	check("/pod", "", "", "", "");
	check("/podium.service", "", "", "", "podium.service");
	check("/kubepods/pod1b2c/x", "", "", "", "");
	check("/xpod" UID, "", "", "", "");
	/* It is beside the container, and not in it. */
	check("/machine.slice/libpod-conmon-" ID ".scope", "", "", "", "libpod-conmon-" ID ".scope");
	check("/system.slice/crio-conmon-" ID ".scope", "", "", "", "crio-conmon-" ID ".scope");
}
