# SPDX-License-Identifier: GPL-2.0
# make install, install-compat and uninstall, into an empty directory.
. "${top_srcdir:-.}/tests/lib.sh"
need_command make
make_workdir
unset MAKEFLAGS MFLAGS MAKELEVEL

in_build() {
	make -s -C "$top_builddir" "$@" DESTDIR="$workdir/root" prefix=/p \
		>log 2>&1 || {
		cat log
		fail "make $* failed"
	}
}

in_build install
assert_file root/p/bin/iotape root/p/share/man/man1/iotape.1
for sub in $("$iotape" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
	assert_file "root/p/share/man/man1/iotape-$sub.1"
done
assert_file root/p/share/bash-completion/completions/iotape
[ ! -e root/p/bin/blktrace ] || fail "links are made without being asked for"

in_build install-compat
in_build install-compat
for pair in record:blktrace parse:blkparse stat:btt plot:iowatcher \
	kvmstat:kvm_stat replay:btreplay; do
	link=root/p/bin/${pair#*:}
	if has_subcommand "${pair%:*}"; then
		assert_eq "$(readlink "$link")" iotape "$link"
		"$link" --help | head -n 1 >line || fail "$link --help fails"
		grep -q '^Usage: ' line || fail "$link --help: $(cat line)"
	else
		[ ! -e "$link" ] || fail "$link has nothing behind it"
	fi
done

# A program that is not ours stays.
ln -sf /elsewhere/btt root/p/bin/btt
in_build uninstall
rm root/p/bin/btt || fail "uninstall removed a link that is not ours"
left=$(find root ! -type d)
[ -z "$left" ] || fail "uninstall left: $left"
