#!/bin/sh
# Debian packages that some tests want. Installed where that is possible, named where it is not.
set -u
missing=
[ -x /usr/sbin/sshd ] || missing="$missing openssh-server"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v wget >/dev/null 2>&1 || missing="$missing wget"
command -v git >/dev/null 2>&1 || missing="$missing git"
command -v sudo >/dev/null 2>&1 || missing="$missing sudo"
command -v rsync >/dev/null 2>&1 || missing="$missing rsync"
[ -n "$missing" ] || exit 0
if [ "${1:-}" = "--report" ]; then
    echo "Some tests did not run, because these Debian packages are missing:$missing"
    echo "Install them as root: apt-get install$missing"
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "not installed, so the tests that want them are left out:$missing"
    exit 0
fi
echo "installing for the tests:$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null \
    || echo "could not be installed:$missing"
exit 0
