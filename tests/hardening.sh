# SPDX-License-Identifier: GPL-2.0
# The program that was built has what configure promised: "hardening: yes".
. "${top_srcdir:-.}/tests/lib.sh"
need_command readelf make
make_workdir
unset MAKEFLAGS MFLAGS MAKELEVEL

# flag VARIABLE: its value in the Makefile.
flag() {
	sed -n "s/^$1 = //p" "$top_builddir/Makefile"
}

cflags=$(flag IOTAPE_CFLAGS)
ldflags=$(flag IOTAPE_LDFLAGS)
case $cflags in
*-fstack-protector-strong*) ;;
*) skip "configured without hardening (--disable-hardening, or sanitizers)" ;;
esac

readelf -W -h -l -d -s "$iotape" >elf || fail "readelf"

# wants FLAGS FLAG REGEX: where FLAG was taken, readelf says REGEX.
wants() {
	case " $1 " in
	*" $2 "*) grep -Eq -e "$3" elf || fail "$2 left no trace: $3" ;;
	*) echo "INFO: $2 is not known to this compiler" ;;
	esac
}

wants "$ldflags" -pie 'Type: +DYN '
wants "$ldflags" -Wl,-z,relro 'GNU_RELRO'
wants "$ldflags" -Wl,-z,now '\(FLAGS(_1)?\).*NOW'
wants "$cflags" -fstack-protector-strong '__stack_chk_fail'
# the level depends on compiler and libc
level=$(echo "$cflags" | grep -o -e '-D_FORTIFY_SOURCE=[0-9]') &&
	wants "$cflags" "$level" '__(v?snprintf|v?fprintf|memcpy|read)_chk'
! grep -Eq 'GNU_STACK.* RWE ' elf || fail "the stack is executable"
! grep -Eq 'LOAD .* RWE ' elf || fail "a segment can be written and executed"
! grep -Eq 'TEXTREL|\((RPATH|RUNPATH)\)' elf || fail "TEXTREL or RPATH"
exit 0
