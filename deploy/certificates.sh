#!/bin/sh
# Makes the certificates of a cluster: sh certificates.sh FOLDER NAME=ADDRESS... [HOST]...
# NAME=ADDRESS: each machine, and a host name or names that callers use for all of them. Once more with the same FOLDER makes new
# certificates by the same authority. Each machine gets FOLDER/NAME; FOLDER/authority stays where nobody else reads it.
# DAYS: how long the certificates are good for, 365 by default.
set -eu
folder=$1
shift
machines=''
hosts=''
for word in "$@"; do
  case $word in
    *=*) machines="$machines $word" ;;
    *) hosts="$hosts,DNS:$word" ;;
  esac
done
umask 077
mkdir -p "$folder/authority"
cd "$folder"
new_key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
if [ ! -f authority/ca.key ]; then
  openssl req -x509 $new_key -days 3650 -subj '/CN=Quorate cluster' -keyout authority/ca.key -out authority/ca.crt
fi

# issue FILE COMMON-NAME USE ALTERNATIVE-NAMES
issue() {
  openssl req $new_key -subj "/CN=$2" -keyout "$1.key" -out "$1.csr"
  { echo "extendedKeyUsage=$3"; [ -z "$4" ] || echo "subjectAltName=$4"; } > "$1.ext"
  openssl x509 -req -in "$1.csr" -extfile "$1.ext" -days "${DAYS:-365}" \
    -CA authority/ca.crt -CAkey authority/ca.key -CAcreateserial -out "$1.crt"
  rm "$1.csr" "$1.ext"
}

for machine in $machines; do
  name=${machine%%=*}
  address=${machine#*=}
  mkdir -p "$name"
  cp authority/ca.crt "$name/"
  # A member is called by others, and calls them.
  issue "$name/member" "$name" serverAuth,clientAuth "DNS:$name,IP:$address,DNS:localhost,IP:127.0.0.1"
  # What callers of Quorate see.
  issue "$name/server" "$name" serverAuth "DNS:$name,IP:$address,DNS:localhost,IP:127.0.0.1$hosts"
  # The common name is the user in etcd: quorate for the server, root for who looks after the cluster.
  issue "$name/quorate" quorate clientAuth ''
  issue "$name/root" root clientAuth ''
done
