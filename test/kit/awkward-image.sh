#!/bin/bash
# awkward-image.sh DIR: an image with everything awkward in it, built by buildah and host tools on the kernel's own overlay: merged
# /usr, hard links within and across layers, setuid, file capabilities, binary xattrs, a fifo, a device, huge ids, Latin-1 and long
# names, nanosecond times, opaque directories, type changes. Leaves DIR/layout (tag t), and DIR/kernel and DIR/umoci: the merged tree as
# the kernel's overlay mount and umoci show it. As root; needs buildah, skopeo, umoci, setfattr, setcap.
set -euo pipefail
out=${1:?directory}
mkdir -p "$out"
cd "$out"
out=$PWD
export TMPDIR=$out/tmp
mkdir -p tmp
echo '{"default":[{"type":"insecureAcceptAnything"}]}' > policy.json
buildah() { command buildah --root "$out/store" --runroot "$out/run" --storage-driver overlay "$@"; }
previous=scratch
# layer NAME SCRIPT: runs SCRIPT with $m = the mounted root file system on top of the previous layer, and commits it
layer() {
  local container
  container=$(buildah from --signature-policy policy.json --pull-never "$previous")
  m=$(buildah mount "$container")
  eval "$2"
  buildah umount "$container" > /dev/null
  buildah commit -q --signature-policy policy.json --format oci --rm "$container" "localhost/$1" > /dev/null
  previous=localhost/$1
}
layer one '
  mkdir -p "$m"/{usr/bin,usr/lib,etc,tmp,root,proc,var/log,home/app,opt}
  ln -s usr/bin "$m"/bin; ln -s usr/lib "$m"/lib
  head -c 60000 /dev/urandom > "$m"/usr/bin/busybox; chmod 755 "$m"/usr/bin/busybox
  for name in ls cat sh vi; do ln -s busybox "$m"/usr/bin/$name; done
  echo root:x:0:0 > "$m"/etc/passwd; chmod 1777 "$m"/tmp; chmod 700 "$m"/root; chown 1000:1000 "$m"/home/app
  find "$m" -mindepth 1 -exec touch -h -d "2024-01-02 03:04:05" {} +'
layer two '
  mkdir -p "$m"/opt/app/{bin,lib,data,cache/a/b} "$m"/srv/empty
  for i in $(seq 30); do echo "file $i" > "$m"/opt/app/cache/a/b/f$i; done
  head -c 300000 /dev/zero | tr "\0" x > "$m"/opt/app/data/big.dat
  echo tool > "$m"/opt/app/bin/tool; chmod 6755 "$m"/opt/app/bin/tool
  echo "#!/bin/sh" > "$m"/opt/app/bin/run; chmod 755 "$m"/opt/app/bin/run
  ln "$m"/opt/app/bin/run "$m"/opt/app/bin/run3; ln "$m"/opt/app/bin/run "$m"/opt/app/lib/run-link
  echo ping > "$m"/opt/app/bin/ping; chmod 755 "$m"/opt/app/bin/ping; setcap cap_net_raw+ep "$m"/opt/app/bin/ping
  setfattr -n user.note -v "an xattr" "$m"/opt/app/bin/run; setfattr -n user.bin -v 0xff00fe0a "$m"/opt/app/data/big.dat
  mkfifo "$m"/opt/app/fifo; mknod "$m"/opt/app/null c 1 3
  echo x > "$m"/opt/app/data/owned; chown 2147483647:2097152 "$m"/opt/app/data/owned
  echo x > "$m/opt/app/data/$(printf "latin1-\351")"; echo x > "$m/opt/app/data/naïve-日本語"
  deep="$m/opt/app/data/$(printf "%0100d" 0)/$(printf "%0150d" 0)"; mkdir -p "$deep"; echo deep > "$deep/$(printf "%0200d" 0)"
  ln -s /opt/app/bin/run "$m"/usr/bin/app-abs; ln -s ../../opt/app/bin/run "$m"/usr/bin/app-rel; ln -s /nowhere "$m"/opt/dangling
  chmod 1777 "$m"/srv/empty; touch -d "2024-01-02 03:04:05.123456789" "$m"/opt/app/bin/run
  mkdir "$m"/opt/todir "$m"/opt/tolink "$m"/opt/keep; for name in todir/x tolink/x tofile keep/x; do echo 1 > "$m"/opt/$name; done'
layer three '
  head -c 300000 /dev/zero | tr "\0" y > "$m"/opt/app/data/big.dat
  chmod 700 "$m"/opt/app/bin/ping
  echo "file 1 new" > "$m"/opt/app/cache/a/b/f1; echo 127.0.0.1 localhost > "$m"/etc/hosts'
layer four '
  rm -rf "$m"/opt/app/cache; mkdir -p "$m"/opt/app/cache/a; echo new > "$m"/opt/app/cache/a/only
  rm "$m"/opt/app/data/owned "$m"/usr/bin/app-abs "$m"/opt/app/bin/run
  rm -rf "$m"/opt/todir; echo now a file > "$m"/opt/todir
  rm -rf "$m"/opt/tolink; ln -s keep "$m"/opt/tolink
  rm "$m"/opt/tofile; mkdir "$m"/opt/tofile; echo now a directory > "$m"/opt/tofile/y'
layer five '
  mkdir -p "$m"/var/lib/app; mv "$m"/opt/app/data/big.dat "$m"/var/lib/app/big.dat
  cp "$m"/var/lib/app/big.dat "$m"/var/lib/app/copy.dat; ln "$m"/opt/app/lib/run-link "$m"/var/lib/app/run4'
skopeo --policy policy.json copy -q "containers-storage:[overlay@$out/store+$out/run]$previous" oci:layout:t
umoci raw unpack --image layout:t umoci > /dev/null
container=$(buildah from --signature-policy policy.json --pull-never "$previous")
m=$(buildah mount "$container")
mkdir -p kernel
# A copy outlives the mount; -a keeps owners, times, links, devices and extended attributes.
cp -a "$m/." kernel/
buildah umount "$container" > /dev/null
buildah rm "$container" > /dev/null
rm -rf store run tmp
