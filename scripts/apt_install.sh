#!/bin/sh
# Installs Debian or Ubuntu packages, as root or by sudo: apt_install.sh chromium default-jre-headless
set -eu

say() { printf '%s\n' "$*" >&2; }

if ! command -v apt-get >/dev/null 2>&1; then
    say "Missing: $*. This machine has no apt-get to install it with; please install it by other means."
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1; then
    as_root=sudo
    say "Installing $* by sudo apt-get"
else
    say "Missing: $*. Installing it needs root, and there is no sudo. As root, run: apt-get install $*"
    exit 1
fi

$as_root apt-get update -qq
# sudo clears the environment, so the variable is passed by env.
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
