#!/bin/sh
# At the database's first start: the role that imagend works as. No superuser, because row-level security is for real.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$(cat "$DATABASE_PASSWORD_FILE")" --username "${POSTGRES_USER:-postgres}" <<'SQL'
CREATE ROLE imagend LOGIN PASSWORD :'password';
CREATE DATABASE imagend OWNER imagend ENCODING 'UTF8' TEMPLATE template0;
SQL
