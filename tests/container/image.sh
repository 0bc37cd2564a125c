#!/usr/bin/env bash
# The image (src/assets/container), built and run as the DaemonSet runs it, by Podman: host network and processes, three
# capabilities, read-only. It sees the host's connections, and names other containers. The manifest says the same.
. "$(dirname "$0")/lib.sh"
need buildah python3

assets=$top/src/assets/container
[ -x "$out/bundle/tcplife-trace" ] || fail "$out/bundle/tcplife-trace is missing: make bundle"

# ---- what the manifest grants is what is tried here

python3 -c 'import yaml' 2> /dev/null || skip "python3-yaml is missing (make deps installs it)"
python3 - "$assets" << 'PY' > "$work/manifest" || fail "the manifest"
import pathlib, sys, yaml

assets = pathlib.Path(sys.argv[1])
kustomization = yaml.safe_load((assets / "kustomization.yaml").read_text())
objects = [yaml.safe_load((assets / name).read_text()) for name in kustomization["resources"]]
daemon = next(o for o in objects if o["kind"] == "DaemonSet")["spec"]["template"]
pod, (container,) = daemon["spec"], daemon["spec"]["containers"]
security = container["securityContext"]
assert pod["hostNetwork"] and pod["hostPID"] and not security["privileged"] and security["readOnlyRootFilesystem"]
assert security["capabilities"]["drop"] == ["ALL"] and not security["allowPrivilegeEscalation"]
assert container["resources"]["limits"]["memory"] and container["livenessProbe"]["httpGet"]["path"] == "/healthz"
assert daemon["metadata"]["annotations"]["prometheus.io/port"] == str(container["ports"][0]["containerPort"])
assert {m["name"] for m in container["volumeMounts"]} == {v["name"] for v in pod["volumes"]}
assert all(m["readOnly"] for m in container["volumeMounts"])
assert pod["automountServiceAccountToken"] is False
assert security["seccompProfile"]["type"] == "Unconfined"
print(*(f"--cap-add={c}" for c in security["capabilities"]["add"]), "--security-opt=seccomp=unconfined")
print(*container["args"])
PY
read -ra caps < "$work/manifest"
read -ra args < <(tail -n 1 "$work/manifest" | sed "s/\$(HOST_IP):10793/127.0.0.1:$((port + 1))/")

# Debian 13 has no kubectl: there this is left out, and the names are those of the files themselves.
if command -v kubectl > /dev/null; then
	kubectl kustomize "$assets" > "$work/objects" 2>&1 || fail "the kustomization: $(cat "$work/objects")"
	expect_text "the kustomization" 'image: tcplife-trace:latest' "$work/objects"
fi

# ---- the image

buildah --root "$root/var/lib/containers/storage" --runroot "$work/run" --storage-driver vfs build --isolation chroot -t tcplife-trace \
	-f "$assets/Containerfile" "$out/bundle" > "$work/build" 2>&1 || fail "the image: $(cat "$work/build")"

make_netns alone
make_root "$work/fs"
tracing=()
[ ! -d /sys/kernel/tracing/events ] || tracing=(--volume /sys/kernel/tracing:/sys/kernel/tracing:ro)
in_podman "$alone" run --detach --network host "${limits[@]}" --name web --rootfs "$work/fs" httpd -f -p "$port" -h /www \
	> /dev/null 2> "$work/podman.err" || skip "podman: it runs no container here: $(tail -n 1 "$work/podman.err")"
in_podman "$alone" run --detach --network host --pid host "${limits[@]}" --name tracer --cap-drop all "${caps[@]}" \
	--read-only --read-only-tmpfs=false --security-opt no-new-privileges "${tracing[@]}" \
	--volume "$root/var/lib/containers/storage:/host/var/lib/containers/storage:ro" localhost/tcplife-trace "${args[@]}" \
	> "$work/tracer" 2> "$work/podman.err" || fail "the tracer's container: $(cat "$work/podman.err")"

logs() {
	podman "${storage[@]}" logs tracer 2>&1
}
traces() {
	logs | grep -q '^tcplife-trace: tracing'
}
until_true 20 traces || fail "it does not trace: $(logs)"

# ---- a client of the host and a server in another container

served() {
	inside "$alone" curl -sf "http://127.0.0.1:$port/" | grep -q hello
}
until_true 10 served || fail "no answer"
named() {
	logs | grep '^{' | jq -se --argjson port "$port" 'any(.[]; .schema == "tcplife.connection" and .server.port == $port
		and .server.container.name == "web" and .server.container.runtime == "podman"
		and .client.process.opener.name == "curl" and .client.container == null and .complete)' > /dev/null
}
until_true 20 named || fail "records: $(logs)"
inside "$alone" curl -sf "http://127.0.0.1:$((port + 1))/healthz" > /dev/null || fail "/healthz"
inside "$alone" curl -sf "http://127.0.0.1:$((port + 1))/metrics" | grep -q '^tcplife_' || fail "/metrics"

podman "${storage[@]}" stop --time 20 tracer > /dev/null 2>&1
expect_equal "its exit status" "$(podman "${storage[@]}" inspect tracer --format '{{.State.ExitCode}}')" 0
