#!/bin/sh
# Make the secrets of compose.yaml, once. What is there stays: run it again after deleting a file to get a new one.
# The folder is closed to others; the files in it are not, because the users inside the containers are not yours.
set -eu
folder="$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/secrets"
umask 077
mkdir -p "$folder"
chmod 0700 "$folder"
umask 022
cd "$folder"

random() { head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
keep() { # keep NAME: takes what comes in, unless NAME is there
    if [ -e "$1" ]; then cat > /dev/null; else cat > "$1.part" && mv "$1.part" "$1"; fi
}

random | keep postgres-password
random | keep database-password
random | keep worker-token
random | keep .store-secret
printf '[imagend]\nhost=database\nport=5432\ndbname=imagend\nuser=imagend\npassword=%s\n' "$(cat database-password)" \
    | keep pg_service.conf
printf 'aws_access_key_id=imagend\naws_secret_access_key=%s\n' "$(cat .store-secret)" | keep store-credentials
printf '{"identities": [{"name": "imagend", "credentials": [{"accessKey": "imagend", "secretKey": "%s"}], "actions": [%s]}]}\n' \
    "$(cat .store-secret)" '"Admin", "Read", "Write", "List"' | keep store.json
