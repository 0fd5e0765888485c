# SPDX-License-Identifier: GPL-2.0
# Each option of a subcommand is in --help and in the man page, or in neither;
# --help, --usage and -? are everywhere.
# The completion asks --help itself.
. "${top_srcdir:-.}/tests/lib.sh"
need_command mandoc
make_workdir

# options_of_help FILE: from what argp prints, "  -d, --dev=DEV   text".
options_of_help() {
	sed -nE 's/^ {1,8}(-.*)$/\1/p' "$1" | sed -E 's/ {2,}.*//' |
		grep -oE -e '(^|[ ,])--?[A-Za-z0-9][A-Za-z0-9-]*' |
		tr -d ' ,' | grep -vx -e --help -e --usage | sort -u
}

# options_of_man FILE: from the tags of the list under OPTIONS, as they are
# shown: the lines there that begin with "-" and are indented least.
options_of_man() {
	mandoc -T ascii -O width=300 "$1" | sed 's/.\x08//g' |
	awk '/^[A-Z]/ { on = $1 == "OPTIONS"; next }
	     on && /^ +-/ {
		match($0, /^ +/)
		if (!indent)
			indent = RLENGTH
		if (RLENGTH == indent)
			print substr($0, RLENGTH + 1)
	     }' | sed -E 's/ {2,}.*//' |
		grep -oE -e '(^|[ ,])--?[A-Za-z0-9][A-Za-z0-9-]*' |
		tr -d ' ,' | grep -vx -e --help -e --usage | sort -u
}

subs=$("$iotape" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
[ -n "$subs" ] || skip "no subcommand was built"
bad=
for sub in $subs; do
	man=$top_srcdir/doc/iotape-$sub.1
	[ -f "$man" ] || { bad="$bad$sub has no man page; "; continue; }
	"$iotape" "$sub" --help >help || bad="$bad$sub --help fails; "
	options_of_help help >in-help
	options_of_man "$man" >in-man
	diff in-help in-man >diff ||
		bad="$bad$sub, --help (<) and its man page (>): $(grep '^[<>]' diff |
			tr '\n' ' '); "
done
[ -z "$bad" ] || fail "$bad"
