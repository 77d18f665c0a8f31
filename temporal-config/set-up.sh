#!/bin/sh
# Creates the namespace and its search attributes on a Temporal cluster; does nothing where they exist.
# Needs the Temporal CLI, which reads TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS….
# On Temporal Cloud make both in its console instead.
set -eu

namespace="${TEMPORAL_NAMESPACE:-default}"
attributes_file="$(dirname "$0")/search-attributes.json"

until_works() {
  attempts=30
  until "$@" >/dev/null 2>&1; do
    attempts=$((attempts - 1))
    if [ "$attempts" -eq 0 ]; then
      echo "Temporal at ${TEMPORAL_ADDRESS:-127.0.0.1:7233} does not answer this:" >&2
      "$@"
      exit 1
    fi
    sleep 2
  done
}

until_works temporal operator cluster health

if temporal operator namespace describe --namespace "$namespace" >/dev/null 2>&1; then
  echo "Namespace $namespace: there already"
else
  # Closed runs stay visible for this long; the facts are in PostgreSQL for ever.
  temporal operator namespace create --namespace "$namespace" --retention "${TEMPORAL_RETENTION:-720h}"
fi

# A new namespace is known everywhere only after some seconds.
until_works temporal operator search-attribute list --namespace "$namespace"
# The file holds one "Name": "Type" pair a line; the images have no tool that reads JSON.
present="$(temporal operator search-attribute list --namespace "$namespace")"
sed -n 's/^ *"\([A-Za-z]*\)": "\([A-Za-z]*\)",*$/\1 \2/p' "$attributes_file" | while read -r name type; do
  if echo "$present" | grep -Eq "^ *$name +$type *$"; then
    echo "Search attribute $name ($type): there already"
  else
    temporal operator search-attribute create --namespace "$namespace" --name "$name" --type "$type"
  fi
done
