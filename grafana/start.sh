#!/bin/sh
# Puts the stack's name and the suffix of its queues into provisioning and dashboards, then becomes the command that it
# is given, Grafana's own start. Grafana itself looks up environment variables in provisioning files, but neither in the
# query of an alert rule nor in a dashboard.
set -eu

: "${MAILROOM_STACK:?the name of the stack whose metrics and logs are shown}"
: "${MAILROOM_SUFFIX:?the eight digits at the end of the names of its queues}"
: "${AWS_REGION:?the region of that stack}"
# Without one Grafana would start with the password that everybody knows.
: "${GF_SECURITY_ADMIN_PASSWORD:?the password of the user admin, from a secret}"

case $MAILROOM_STACK in
  *[!a-z0-9-]*) echo "MAILROOM_STACK holds lower-case letters, digits and hyphens: $MAILROOM_STACK" >&2; exit 1 ;;
esac
case $MAILROOM_SUFFIX in
  *[!0-9a-f]*) echo "MAILROOM_SUFFIX holds hexadecimal digits: $MAILROOM_SUFFIX" >&2; exit 1 ;;
esac

to=${GF_PATHS_DATA:-/var/lib/grafana}
cd "$(dirname "$0")"
rm -rf "$to/provisioning" "$to/dashboards" # what is gone from the image must be gone here too
for file in provisioning/*/* dashboards/*; do
  mkdir -p "$to/$(dirname "$file")"
  sed "s/@stack@/$MAILROOM_STACK/g; s/@suffix@/$MAILROOM_SUFFIX/g" "$file" > "$to/$file"
done
mkdir -p "$to/provisioning/plugins" # Grafana complains about a directory that is missing

exec "$@"
