#!/bin/busybox sh
# shellcheck shell=dash
# PID 1 of a guest: mounts, modules, then /guest/main. Serial ports: 0 the kernel's console, 1 what main prints, 2 a tar
# of /out with main's exit status in it.
/bin/busybox mkdir -p /busybox
/bin/busybox --install -s /busybox
export PATH=/bin:/busybox HOME=/root TERM=dumb
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
ln -s /proc/self/fd /dev/fd
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
mount -t tracefs trace /sys/kernel/tracing
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup /sys/fs/cgroup
mkdir -p /run/netns /out /dev/pts /dev/shm
mount -t tmpfs shm /dev/shm
for module in /modules/*.ko; do
	insmod "$module" || echo "init: $module does not load"
done
sysctl -qw kernel.printk=4 net.core.bpf_jit_enable=1
ip link set lo up
stty -F /dev/ttyS1 raw -echo
stty -F /dev/ttyS2 raw -echo
echo "init: up after $(cut -d ' ' -f 1 /proc/uptime) s"
(
	cd /guest || exit 1
	exec ./main < /dev/null
) > /dev/ttyS1 2>&1
echo $? > /out/status
tar -c -C /out . > /dev/ttyS2
# The port empties before the power goes.
stty -F /dev/ttyS2 -clocal
poweroff -f
