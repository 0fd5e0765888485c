dnl SPDX-License-Identifier: GPL-2.0

dnl IOTAPE_ARG_SWITCH(NAME, HELP, DEFAULT)
dnl Adds --enable-NAME / --disable-NAME; sets $enable_NAME to yes or no.
AC_DEFUN([IOTAPE_ARG_SWITCH], [
	AC_ARG_ENABLE([$1], [AS_HELP_STRING([--enable-$1], [$2 @<:@$3@:>@])],
		      [], [enable_$1=$3])
])

dnl IOTAPE_ADD_CFLAGS(FLAGS)
AC_DEFUN([IOTAPE_ADD_CFLAGS], [IOTAPE_CFLAGS="$IOTAPE_CFLAGS $1"])

dnl IOTAPE_WARNINGS: the warnings that this compiler knows, in IOTAPE_CFLAGS.
AC_DEFUN([IOTAPE_WARNINGS], [
	AC_SUBST([IOTAPE_CFLAGS])
	AC_SUBST([IOTAPE_LDFLAGS])
	for flag in -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes \
		    -Wmissing-prototypes -Wmissing-declarations \
		    -Wold-style-definition -Wpointer-arith -Wwrite-strings \
		    -Wswitch-enum -Wundef -Wformat=2 -Wvla \
		    -Wno-format-nonliteral -Wno-missing-field-initializers
	do
		iotape_saved_cflags=$CFLAGS
		CFLAGS="$CFLAGS -Werror $flag"
		AC_MSG_CHECKING([whether $CC takes $flag])
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
				  [AC_MSG_RESULT([yes])
				   IOTAPE_ADD_CFLAGS([$flag])],
				  [AC_MSG_RESULT([no])])
		CFLAGS=$iotape_saved_cflags
	done
])

dnl IOTAPE_TRY_CFLAG(FLAG, IF-TAKEN): compiled, warnings as errors, with a
dnl header, since it is libc that judges _FORTIFY_SOURCE.
AC_DEFUN([IOTAPE_TRY_CFLAG], [
	iotape_saved_cflags=$CFLAGS
	CFLAGS="$CFLAGS -Werror $1"
	AC_MSG_CHECKING([whether $CC takes $1])
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]],
					   [[return puts("") < 0;]])],
			  [AC_MSG_RESULT([yes])
			   CFLAGS=$iotape_saved_cflags
			   $2],
			  [AC_MSG_RESULT([no])
			   CFLAGS=$iotape_saved_cflags])
])

dnl IOTAPE_TRY_LDFLAG(FLAG): into IOTAPE_LDFLAGS if a program links with it.
AC_DEFUN([IOTAPE_TRY_LDFLAG], [
	iotape_saved_ldflags=$LDFLAGS
	LDFLAGS="$LDFLAGS -Werror $1"
	AC_MSG_CHECKING([whether $CC links with $1])
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
		       [AC_MSG_RESULT([yes])
			IOTAPE_LDFLAGS="$IOTAPE_LDFLAGS $1"],
		       [AC_MSG_RESULT([no])])
	LDFLAGS=$iotape_saved_ldflags
])

dnl IOTAPE_HARDENING: what Debian's dpkg-buildflags hardening=+all gives, as far
dnl as this compiler has it, in IOTAPE_CFLAGS and IOTAPE_LDFLAGS.  Objects are
dnl position independent, so the linker is only asked after the compiler.
AC_DEFUN([IOTAPE_HARDENING], [
	# With _FORTIFY_SOURCE libc asks for results to be used, and gcc does
	# not take our (void) for an answer.
	IOTAPE_ADD_CFLAGS([-Wno-unused-result])
	for flag in -fstack-protector-strong -fstack-clash-protection \
		    -fcf-protection -Wformat-security
	do
		IOTAPE_TRY_CFLAG([$flag], [IOTAPE_ADD_CFLAGS([$flag])])
	done
	iotape_pie=no
	IOTAPE_TRY_CFLAG([-fPIE], [iotape_pie=yes
				   IOTAPE_ADD_CFLAGS([-fPIE])])
	AS_IF([test $iotape_pie = yes], [IOTAPE_TRY_LDFLAG([-pie])])
	# a level that the builder chose stays
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[
#ifdef _FORTIFY_SOURCE
#error it is there
#endif]], [])], [iotape_fortify=], [iotape_fortify=given])
	for level in 3 2; do
		AS_IF([test -z "$iotape_fortify"],
		      [IOTAPE_TRY_CFLAG([-D_FORTIFY_SOURCE=$level],
			[iotape_fortify=$level
			 IOTAPE_ADD_CFLAGS([-D_FORTIFY_SOURCE=$level])])])
	done
	for flag in -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack \
		    -Wl,-z,separate-code
	do
		IOTAPE_TRY_LDFLAG([$flag])
	done
])

dnl IOTAPE_SONAME(NAME, FUNCTION): of the library in NAME_LIBS that has FUNCTION,
dnl for dlopen: defined as NAME_SONAME, with what dlopen needs in DL_LIBS.  Where
dnl the linker names none, as for a static one, have_NAME says so.
AC_DEFUN([IOTAPE_SONAME], [
	AC_SUBST([DL_LIBS])
	AC_CHECK_TOOL([READELF], [readelf], [false])
	iotape_saved_libs=$LIBS
	LIBS=
	AC_SEARCH_LIBS([dlopen], [dl])
	DL_LIBS=$LIBS
	LIBS="$$1_LIBS $iotape_saved_libs"
	iotape_soname=
	AC_MSG_CHECKING([the name of the library with $2])
	AC_LINK_IFELSE([AC_LANG_CALL([], [$2])],
		[iotape_soname=`$READELF -d conftest$EXEEXT 2>/dev/null |
			tr -d '@<:@@:>@' | awk '/NEEDED/ { print $NF }' |
			grep '^lib'm4_tolower([$1])`])
	LIBS=$iotape_saved_libs
	AC_MSG_RESULT([${iotape_soname:-none}])
	AS_IF([test -n "$iotape_soname"],
	      [AC_DEFINE_UNQUOTED([$1][_SONAME], ["$iotape_soname"],
				  [What dlopen is given.])],
	      [have_]m4_tolower([$1])[="no (no shared library)"])
])
