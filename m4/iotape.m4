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
