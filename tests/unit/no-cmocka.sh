# SPDX-License-Identifier: GPL-2.0
# Stands for the unit tests when they were not built.
. "${top_srcdir:-.}/tests/lib.sh"
skip "unit tests need cmocka (Debian: libcmocka-dev)"
