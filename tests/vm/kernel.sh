#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Finds a kernel of kernels.list, or gets it.
#
#	kernel.sh list		the names, one a line
#	kernel.sh get NAME	prints the path of its vmlinuz and, on a
#				second line, the directory that holds its
#				lib/modules
#
# Exit status: 77 when the kernel cannot be had here (the reason is on
# stderr), 2 for a name that is not in the list.

set -u
here=$(cd "$(dirname "$0")" && pwd)
list=${IOTAPE_VM_KERNELS:-$here/kernels.list}
cache=${IOTAPE_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/iotape-vm}
PATH=$PATH:/usr/sbin:/sbin

die() {
	echo "kernel.sh: $1" >&2
	exit "${2:-1}"
}

# newest_package REGEX: the name of the newest package that apt knows.
newest_package() {
	command -v apt-cache >/dev/null || return 1
	apt-cache pkgnames linux-image- | grep -Ex "$1" | sort -V | tail -n 1 |
		grep .
}

# unpacked PACKAGE: whether it is in the cache, whole.
unpacked() {
	[ -e "$cache/$1/.complete" ]
}

# unpack PACKAGE: downloads it into the cache.
unpack() {
	local work deb version

	mkdir -p "$cache" && work=$(mktemp -d "$cache/.new.XXXXXX") || return 1
	# shellcheck disable=SC2064 # now, not later
	trap "rm -rf '${work//\'/\'\\\'\'}'" EXIT
	(cd "$work" && apt-get download -q "$1" >apt.log 2>&1) || {
		sed 's/^/apt-get: /' "$work/apt.log" >&2
		return 1
	}
	deb=$(ls "$work"/*.deb) && mkdir "$work/root" || return 1
	dpkg-deb --fsys-tarfile "$deb" |
		tar -x -C "$work/root" ./boot ./lib/modules || return 1
	version=$(ls "$work/root/lib/modules") &&
		depmod -b "$work/root" "$version" || return 1
	rm -rf "${cache:?}/$1" && mv "$work/root" "$cache/$1" &&
		touch "$cache/$1/.complete"
}

# newest_unpacked REGEX: the newest one in the cache.
newest_unpacked() {
	local dir

	for dir in "$cache"/*/.complete; do
		dir=${dir%/.complete}
		printf '%s\n' "${dir##*/}"
	done | grep -Ex "$1" | sort -V | tail -n 1 | grep .
}

# newest_installed REGEX: the newest vmlinuz in /boot.
newest_installed() {
	local image

	for image in /boot/vmlinuz-*; do
		[ -r "$image" ] && printf 'linux-image-%s\n' \
			"${image#/boot/vmlinuz-}"
	done | grep -Ex "$1" | sort -V | tail -n 1 | grep .
}

# show ROOT PACKAGE
show() {
	printf '%s\n%s\n' "${1%/}/boot/vmlinuz-${2#linux-image-}" "$1"
}

get() {
	local regex package

	regex=$("$here/rows.sh" "$list" | awk -F'|' -v name="$1" '$1 == name { print $2 }')
	[ -n "$regex" ] || die "$list has no kernel \"$1\"" 2

	# Two tests at once must not unpack at the same time.
	mkdir -p "$cache" || die "$cache cannot be made" 77
	exec 8>"$cache/.lock"
	flock 8

	if package=$(newest_package "$regex") &&
	   { unpacked "$package" || unpack "$package"; } ||
	   package=$(newest_unpacked "$regex"); then
		show "$cache/$package" "$package"
	elif package=$(newest_installed "$regex"); then
		show / "$package"
	else
		die "kernel $1: no package matches $regex, or it cannot be \
downloaded; none is in $cache or /boot" 77
	fi
}

case ${1-} in
list)	"$here/rows.sh" "$list" | cut -d'|' -f1 ;;
get)	get "${2?kernel.sh get NAME}" ;;
*)	sed -n '4,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
