# SPDX-License-Identifier: GPL-2.0
# The bash completion finds commands, options and traces.
. "${top_srcdir:-.}/tests/lib.sh"
make_workdir
. "$top_srcdir/doc/completion/iotape"

# complete_words WORD...: what may stand for the last one, one a line.
complete_words() {
	COMP_WORDS=("$iotape" "$@")
	COMP_CWORD=$#
	_iotape
	printf '%s\n' ${COMPREPLY[@]+"${COMPREPLY[@]}"}
}

complete_words --ver | grep -qx -- --version || fail "--version is not offered"
complete_words '' >words
for sub in $("$iotape" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
	grep -qx "$sub" words || fail "$sub is not offered"
	complete_words "$sub" --h | grep -qx -- --help ||
		fail "$sub --help is not offered"
done

: >sda.blktrace.0
: >sda.blktrace.1
assert_eq "$(complete_words parse -i s)" sda
