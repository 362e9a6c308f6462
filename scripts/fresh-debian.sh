#!/usr/bin/env bash
# README's first command where nothing was installed before: a new Debian of packages alone, this machine's Node, an unprivileged
# user, and a clone of what is committed here. As root; about two minutes and 500 MB in a temporary folder, which it removes.
#
#   bash scripts/fresh-debian.sh                    npm ci && npm run demo
#   bash scripts/fresh-debian.sh 'npm ci && ...'    something else
set -euo pipefail
checkout="$(cd "$(dirname "$0")/.." && pwd)"
folder="$(mktemp -d)"
root="$folder/root"
end() {
  umount "$root/proc" "$root/dev" 2>/dev/null || true
  # Never through a mount that is still there.
  rm -rf --one-file-system "$folder"
}
trap end EXIT

chmod 755 "$folder"
cd "$folder"
apt-get download -qq debootstrap
dpkg -x debootstrap_*.deb tools
DEBOOTSTRAP_DIR="$folder/tools/usr/share/debootstrap" tools/usr/sbin/debootstrap --variant=minbase bookworm "$root" \
  http://deb.debian.org/debian >debootstrap.log || { tail -5 debootstrap.log >&2; exit 1; }

npm="$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")"
mkdir -p "$root/usr/lib/node_modules" "$root/etc/ssl/certs"
cp "$(readlink -f "$(command -v node)")" "$root/usr/bin/node"
cp -a "$npm" "$root/usr/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/bin/npx"
# How this machine finds the registry and whom it trusts.
cp /etc/resolv.conf /etc/hosts "$root/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
# node needs it, and a Debian without a compiler may lack it.
cp -n /usr/lib/*/libstdc++.so.6 "$root"/usr/lib/*/ 2>/dev/null || true

chroot "$root" useradd -m student
git clone -q "$checkout" "$root/home/student/quorate"
chroot "$root" chown -R student: /home/student
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
chroot --userspec=student:student "$root" /usr/bin/env -i HOME=/home/student PATH=/usr/bin:/bin \
  NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
  bash -ec "cd ~/quorate; echo \"Debian \$(cat /etc/debian_version), node \$(node --version), as \$(id -un)\"; ${1:-npm ci && npm run demo}"
