# SPDX-License-Identifier: GPL-2.0
# The tarball holds the files of the commit and what autotools add, nothing
# more and nothing less.
. "${top_srcdir:-.}/tests/lib.sh"
need_command git make
git -C "$top_srcdir" rev-parse --git-dir >/dev/null 2>&1 &&
	[ -e "$top_srcdir/.git" ] || skip "not a git checkout"
make_workdir
unset MAKEFLAGS MFLAGS MAKELEVEL

make -s -C "$top_builddir" distdir distdir="$workdir/dist" \
	am__remove_distdir=: >log 2>&1 || {
	cat log
	fail "make distdir failed"
}
git -C "$top_srcdir" ls-files | sort >tracked
(cd dist && find . -type f -o -type l) | sed 's,^\./,,' | sort >packed
sort >generated <<'END'
Makefile.in
aclocal.m4
build-aux/ar-lib
build-aux/compile
build-aux/config.guess
build-aux/config.sub
build-aux/depcomp
build-aux/install-sh
build-aux/missing
build-aux/tap-driver.sh
build-aux/test-driver
config.h.in
configure
END
comm -13 tracked packed | comm -23 - generated >extra
comm -23 tracked packed >missing
[ ! -s extra ] || fail "in the tarball, but not in git: $(tr '\n' ' ' <extra)"
[ ! -s missing ] ||
	fail "in git, but not in EXTRA_DIST or _SOURCES: $(tr '\n' ' ' <missing)"
