#!/bin/sh
# Puts ingest's account, whose password is in MQTT_PASSWORD, into a Mosquitto password file; the other accounts stay.
# The password goes by standard output into a file and never stands in a command line.
set -eu
passwords=$1
draft=$(mktemp "$passwords.XXXXXX")
printf 'ingest:%s\n' "$MQTT_PASSWORD" >"$draft"
mosquitto_passwd -U "$draft"
if [ -e "$passwords" ]; then
    sed '/^ingest:/d' "$passwords" >>"$draft"
fi
chmod 600 "$draft"
if [ "$(id -u)" = 0 ]; then
    chown mosquitto "$draft"
fi
mv "$draft" "$passwords"
