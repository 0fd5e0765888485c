# SPDX-License-Identifier: GPL-2.0
# The scripts parse, and shellcheck finds no error in them.
. "${top_srcdir:-.}/tests/lib.sh"
cd "$top_srcdir" || exit 1

scripts=$(find tests \( -name '*.sh' -o -name '*.tap' \) | sort)
scripts="$scripts bootstrap .ci/run"
for script in $scripts; do
	bash -n "$script" || fail "$script: see above"
done
have_command shellcheck || skip "shellcheck is missing"
# shellcheck disable=SC2086
shellcheck -s bash -S error $scripts || fail "see above"
