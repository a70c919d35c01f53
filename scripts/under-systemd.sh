#!/usr/bin/env bash
# systemd as the first process of namespaces of its own, over a copy-on-write view of this machine, to try units where systemd does not run (a container, CI):
#   scripts/under-systemd.sh start            prints when it is up
#   scripts/under-systemd.sh copy FILE PATH   puts a file there
#   scripts/under-systemd.sh run COMMAND...   for example: systemctl enable --now hello.socket
#   scripts/under-systemd.sh stop             ends all that it started; what it wrote is gone
# Needs root, Debian's package systemd and cgroup v2. It shares this machine's network: ports are reached from outside.
set -euo pipefail
work=/run/zerostart-under-systemd
cgroups=$(findmnt -n -o TARGET -t cgroup2 | head -1)
pid() { cat "$work/pid"; }
enter() { nsenter -t "$(pid)" -m -p -i -u -C -r -w "$@"; }

inside() {
  local root=$work/root device
  mount --make-rprivate /
  mount -t tmpfs tmpfs "$work/upper" && mkdir "$work/upper/files" "$work/upper/work"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper/files,workdir=$work/upper/work" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  umount -R "$root/sys/fs/cgroup"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  for device in run tmp dev; do mount -t tmpfs -o mode=755 tmpfs "$root/$device"; done
  chmod 1777 "$root/tmp"
  for device in null zero full random urandom tty; do touch "$root/dev/$device" && mount --bind "/dev/$device" "$root/dev/$device"; done
  mkdir "$root/dev/shm" "$root/dev/pts" && mount -t tmpfs tmpfs "$root/dev/shm" && mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  # Nothing of this machine's own services.
  mkdir -p "$root/etc/systemd/system" && : > "$root/etc/machine-id"
  printf '[Unit]\nRequires=basic.target\nAfter=basic.target\nAllowIsolate=yes\n' > "$root/etc/systemd/system/trial.target"
  for device in systemd-udevd.service systemd-udev-trigger.service systemd-sysctl.service systemd-binfmt.service systemd-remount-fs.service dev-hugepages.mount \
    dev-mqueue.mount proc-sys-fs-binfmt_misc.automount; do ln -sf /dev/null "$root/etc/systemd/system/$device"; done
  cd "$root" && mkdir -p old && pivot_root . old && umount -l /old
  # Credentials of units are mounted elsewhere and must appear here: a manager that is told of a container does not see to that itself.
  mount --make-rshared /
  exec env -i container=trial PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=trial.target --show-status=0 < /dev/null
}

case ${1:-} in
  start)
    [ "$(id -u)" = 0 ] || { echo "it needs root" >&2; exit 1; }
    [ ! -e "$work/pid" ] || { echo "it runs already" >&2; exit 1; }
    mkdir -p "$work/upper" "$work/root" "$cgroups/zerostart-under-systemd"
    setsid sh -c 'echo $$ > "$1/zerostart-under-systemd/cgroup.procs"; exec unshare -C -m -p -u -i --fork "$2" inside' _ "$cgroups" "$(realpath "$0")" > "$work/log" 2>&1 &
    for _ in $(seq 100); do
      sleep 0.1
      pgrep -f -o '^/lib/systemd/systemd --system --unit=trial.target' > "$work/pid" && [ "$(enter systemctl is-active trial.target 2> /dev/null)" = active ] && { echo up; exit 0; }
    done
    cat "$work/log" >&2
    exit 1
    ;;
  inside) inside ;;
  copy) cp "$2" "/proc/$(pid)/root$3" ;;
  run) shift && enter "$@" ;;
  stop)
    kill -9 "$(pid)" # and with it everything in its namespace
    rm "$work/pid"
    for _ in $(seq 100); do
      find "$cgroups/zerostart-under-systemd" -depth -type d -exec rmdir {} + 2> /dev/null && break
      sleep 0.05
    done
    rm -rf "$work"
    ;;
  *) sed -n '2,7p' "$0"; exit 2 ;;
esac
