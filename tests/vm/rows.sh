#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# rows.sh FILE: a table of this directory without comments and empty lines,
# with the blanks around its bars removed.
exec sed -E -e '/^[[:space:]]*(#|$)/d' -e 's/[[:space:]]*\|[[:space:]]*/|/g' \
	-e 's/[[:space:]]+$//' "$1"
