#!/bin/sh
# realistic-image.sh OUT: five layers written through a kernel overlay mount, each as OUT/layer-N.tar, and the merged tree
# mounted at OUT/merged for as long as the caller wants to look at it (unmount it afterwards). Run as root; takes a second.
set -eu
out=$1
time='2024-01-02 03:04:05'
mkdir -p "$out/merged"
cd "$out"

# A tmpfs for the layers: overlay mounts need one file system that keeps xattrs, which a container's root may not be.
mkdir -p fs
mount -t tmpfs tmpfs fs

lowers=
layer() {
  mkdir -p "fs/$1/upper" "fs/$1/work"
  mount -t overlay overlay -o "lowerdir=${lowers:-fs/empty},upperdir=fs/$1/upper,workdir=fs/$1/work,metacopy=off,redirect_dir=off,index=off" merged
}
commit() {
  umount merged
  pack "$1"
  lowers="fs/$1/upper${lowers:+:$lowers}"
}
# The layer format's marks for overlayfs' own: a 0:0 device is a whiteout, trusted.overlay.opaque an opaque directory.
pack() {
  cp -a "fs/$1/upper" "fs/$1/tar"
  (
    cd "fs/$1/tar"
    find . -type c -print | while IFS= read -r path; do
      if [ "$(stat -c %t:%T "$path")" != 0:0 ]; then continue; fi
      rm "$path"
      : > "${path%/*}/.wh.${path##*/}"
    done
    find . -type d -print | while IFS= read -r path; do
      if getfattr -h --absolute-names -n trusted.overlay.opaque "$path" > /dev/null 2>&1; then : > "$path/.wh..wh..opq"; fi
    done
    find . ! -type l -print | while IFS= read -r path; do
      for name in $(getfattr -h --absolute-names -m '^trusted\.overlay\.' "$path" 2> /dev/null | grep '^trusted' || true); do
        setfattr -h -x "$name" "$path"
      done
    done
    # What the conversion touched gets its times back from the layer itself.
    find . -type d -exec touch -r "../upper/{}" {} \;
    find . -mindepth 1 -maxdepth 1 -printf '%f\0' | LC_ALL=C sort -z |
      tar --create --file "$out/layer-$1.tar" --format=posix --numeric-owner --sort=name --xattrs --xattrs-include='*' \
        --pax-option=delete=atime,delete=ctime --null --files-from=-
  )
  rm -rf "fs/$1/tar"
}

mkdir -p fs/empty
layer 0
(
  cd merged
  mkdir -p usr/bin usr/lib etc tmp root var/log home/app
  ln -s usr/bin bin
  ln -s usr/lib lib
  head -c 100000 /dev/zero | tr '\0' b > usr/bin/busybox
  chmod 755 usr/bin/busybox
  for name in sh ls cat; do ln -s busybox "usr/bin/$name"; done
  printf 'root:x:0:0::/root:/bin/sh\n' > etc/passwd
  chmod 1777 tmp
  chmod 700 root
  chown 1000:1000 home/app
  find . -mindepth 1 -exec touch -h -d "$time" {} +
)
commit 0

layer 1
(
  cd merged
  mkdir -p opt/app/bin opt/app/lib opt/app/data opt/app/cache/a/b srv/empty opt/todir opt/tolink opt/keep
  head -c 300000 /dev/zero | tr '\0' x > opt/app/data/big.dat
  for i in 1 2 3 4 5 6 7 8 9; do echo "file $i" > "opt/app/cache/a/b/f$i"; done
  head -c 5000 /dev/urandom > opt/app/bin/tool
  chmod 4755 opt/app/bin/tool
  echo '#!/bin/sh' > opt/app/bin/run
  chmod 755 opt/app/bin/run
  ln opt/app/bin/run opt/app/bin/run3
  ln opt/app/bin/run opt/app/lib/run-link
  head -c 4000 /dev/urandom > opt/app/bin/ping
  setfattr -n security.capability -v 0x0100000200200000000000000000000000000000 opt/app/bin/ping
  setfattr -n trusted.note -v 'an xattr' opt/app/bin/run
  setfattr -n trusted.bin -v 0xff00fe0a opt/app/data/big.dat
  mkfifo opt/app/fifo
  mknod opt/app/null c 1 3
  mknod opt/app/disk b 8 1
  echo x > opt/app/data/owned
  chown 2147483647:2097152 opt/app/data/owned
  echo x > "opt/app/data/$(printf 'latin1-\351')"
  echo x > 'opt/app/data/naïve-日本語'
  long="opt/app/data/$(printf '%0100d' 0)/$(printf '%0150d' 0)"
  mkdir -p "$long"
  echo deep > "$long/$(printf '%0200d' 0)"
  ln -s /opt/app/bin/run usr/bin/app-abs
  ln -s ../../opt/app/bin/run usr/bin/app-rel
  ln -s /nowhere opt/dangling
  chmod 1777 srv/empty
  touch -d '2024-01-02 03:04:05.123456789' opt/app/bin/run
  touch -d '1960-01-01 00:00:00.5' opt/app/data/big.dat
  for name in todir tolink keep; do echo 1 > "opt/$name/x"; done
  echo 1 > opt/tofile
)
commit 1

layer 2
(
  cd merged
  head -c 300000 /dev/zero | tr '\0' y > opt/app/data/big.dat
  chmod 700 opt/app/bin/ping
  echo 'file 1 new' > opt/app/cache/a/b/f1
  echo 127.0.0.1 localhost > etc/hosts
)
commit 2

layer 3
(
  cd merged
  rm -rf opt/app/cache
  mkdir -p opt/app/cache/a
  echo new > opt/app/cache/a/only
  rm opt/app/data/owned usr/bin/app-abs opt/app/bin/run
  rm -rf opt/todir opt/tolink
  echo now a file > opt/todir
  ln -s keep opt/tolink
  rm opt/tofile
  mkdir opt/tofile
  echo now a directory > opt/tofile/y
)
commit 3

layer 4
(
  cd merged
  mkdir -p var/lib/app
  cp -a opt/app/data/big.dat var/lib/app/big.dat
  rm opt/app/data/big.dat
  cp var/lib/app/big.dat var/lib/app/copy.dat
  ln opt/app/lib/run-link var/lib/app/run4
  chown -R 7:8 home
)
commit 4
mount -t overlay overlay -o "ro,lowerdir=$lowers" merged
