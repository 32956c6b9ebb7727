#!/bin/sh
# Installs what the tests run beside Python and Node, where it is missing: a browser, and Java for DynamoDB Local.
set -eu
cd "$(dirname "$0")/.."

missing=
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
java -version >/dev/null 2>&1 || missing="$missing default-jre-headless"
if [ -n "$missing" ]; then
    # shellcheck disable=SC2086  # two names, not one
    scripts/apt_install.sh $missing
fi
