#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Finds the kernel's own kvm_stat, or gets it: it is in no package of programs,
# but tools/kvm/kvm_stat of Debian's linux-source-VERSION has it.  It is kept
# beside the kernels of kernel.sh.
#
#	kvm-stat.sh		prints the path of the script
#
# Exit status: 77 when it cannot be had here (the reason is on stderr).

set -u
cache=${IOTAPE_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/iotape-vm}

die() {
	echo "kvm-stat.sh: $1" >&2
	exit 77
}

# get PACKAGE FILE
get() {
	local work deb

	work=$(mktemp -d "$cache/.new.XXXXXX") || return 1
	# shellcheck disable=SC2064 # now, not later
	trap "rm -rf '${work//\'/\'\\\'\'}'" EXIT
	(cd "$work" && timeout 600 apt-get download -q "$1" >apt.log 2>&1) || {
		sed 's/^/apt-get: /' "$work/apt.log" >&2
		return 1
	}
	deb=$(ls "$work"/*.deb) || return 1
	# the readers end before their writers, who mind
	dpkg-deb --fsys-tarfile "$deb" 2>/dev/null |
		tar -xO "./usr/src/$1.tar.xz" 2>/dev/null |
		xz -dc 2>/dev/null |
		tar -xO --occurrence=1 "$1/tools/kvm/kvm_stat/kvm_stat" \
			>"$work/kvm_stat"
	head -n 1 "$work/kvm_stat" | grep -q '^#!.*python' || return 1
	mv "$work/kvm_stat" "$2"
}

mkdir -p "$cache" || die "$cache cannot be made"
exec 8>"$cache/.lock"
flock 8
package=$(apt-cache pkgnames linux-source- 2>/dev/null |
	grep -Ex 'linux-source-[0-9.]+' | sort -V | tail -n 1)
[ -n "$package" ] || die "no package linux-source-VERSION is known here"
file=$cache/kvm_stat-${package#linux-source-}
[ -s "$file" ] || get "$package" "$file" ||
	die "kvm_stat of $package cannot be had"
echo "$file"
