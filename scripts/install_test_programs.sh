#!/bin/sh
# Installs what the tests run beside Python and Node, where it is missing: a browser, a library that the program which
# drives it is linked against, and Java 17 for DynamoDB Local.
set -eu
cd "$(dirname "$0")/.."

java_version() {
    java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p'
}

missing=
[ -x /usr/bin/chromium ] || missing="$missing chromium"
/sbin/ldconfig -p | grep -q 'libatomic\.so\.1' || missing="$missing libatomic1"
version=$(java_version)
[ "${version:-0}" -ge 17 ] || missing="$missing default-jre-headless"
if [ -n "$missing" ]; then
    # shellcheck disable=SC2086  # several names, not one
    scripts/apt_install.sh $missing
fi
