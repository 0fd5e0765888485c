# SPDX-License-Identifier: GPL-2.0
# The program without a subcommand: help, version, wrong words.
. "${top_srcdir:-.}/tests/lib.sh"
make_workdir

run "$iotape" --help
assert_status 0
assert_out '^Usage: iotape COMMAND'
assert_no_err

run "$iotape" --version
assert_status 0
assert_out '^iotape [0-9]+\.[0-9]+\.[0-9]+$'
assert_no_err

run "$iotape"
assert_status 2
assert_err '^Usage: iotape COMMAND'

run "$iotape" nosuch
assert_status 2
assert_one_error
assert_err '"nosuch"'

# A name that is no tool's: the first word decides.
ln -s "$iotape" some-name
run ./some-name --version
assert_status 0

# Output that cannot be written is an error, not silence.
if [ -w /dev/full ]; then
	status=0
	"$iotape" --help >/dev/full 2>err || status=$?
	assert_eq "$status" 1 "status of --help >/dev/full"
	grep -q '^iotape: standard output' err || fail "no word about /dev/full"
fi

# Each subcommand explains itself.
for sub in $("$iotape" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
	run "$iotape" "$sub" --help
	assert_status 0
	assert_out '^Usage: '
	run "$iotape" "$sub" --no-such-option
	assert_status 2
	assert_err '^iotape'
	[ -w /dev/full ] || continue
	for option in --help --version --usage; do
		status=0
		"$iotape" "$sub" $option >/dev/null 2>&1 || continue
		"$iotape" "$sub" $option >/dev/full 2>err || status=$?
		assert_eq "$status" 1 "status of $sub $option >/dev/full"
		assert_eq "$(wc -l <err)" 1 "lines about /dev/full"
	done
done
