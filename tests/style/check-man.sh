# SPDX-License-Identifier: GPL-2.0
# The man pages are well-formed, and there is one for each subcommand.
. "${top_srcdir:-.}/tests/lib.sh"
need_command mandoc
cd "$top_srcdir" || exit 1

for page in doc/*.1; do
	# it takes iotape(1) in iotape-record(1) for the page itself
	bad=$(mandoc -T lint -W warning "$page" |
		grep -v 'cross reference to self: Xr iotape 1')
	[ -z "$bad" ] || fail "$bad"
done
