# SPDX-License-Identifier: GPL-2.0
# Options that want a number take decimal digits and nothing else: no sign, no
# blank, no rest, nothing above their limit; and say what they want.
. "${top_srcdir:-.}/tests/lib.sh"
make_workdir

# Subcommand, option, the least and the most, what is said behind option and
# value.
rows='
record		-b		1 16384	a number from 1 to 16384 is wanted
record		-n		1 65536	a number from 1 to 65536 is wanted
record		--keep		1 100000	a number from 1 to 100000 is wanted
record		--compress	1 19		a number from 1 to 19 is wanted
record		--pid		1 2147483647	a process id or "self" is wanted
replay		-I		1 1000000000	a number from 1 to 1000000000 is wanted
replay		-c		1 64		a number from 1 to 64 is wanted
replay		--depth		1 16384	a number from 1 to 16384 is wanted
replay		--compressible	0 100		a number from 0 to 100 is wanted
verify		--max		0 18446744073709551615	a number is wanted
stat		--top		0 4294967295	a number from 0 to 4294967295 is wanted
stat		--tag-window	1 4294967295	a number from 1 is wanted
top		--batch		1 18446744073709551615	a number of tables is wanted
kvmstat		-p		1 2147483647	a process id is wanted
'
nr=0
while read -r command option least most said; do
	[ -n "$command" ] || continue
	has_subcommand "$command" || continue
	for value in +5 ' 5' 5x 5.0 '' 0x5 '5 ' $((least - 1)) "${most}0"; do
		case $option in
		--*) run "$iotape" "$command" "$option=$value" ;;
		*) run "$iotape" "$command" "$option" "$value" ;;
		esac
		[ "$status" = 2 ] || fail "$ran: status $status"
		grep -qE -e "$option .*: $said" "$err" ||
			fail "$ran: $(cat "$err")"
		nr=$((nr + 1))
	done
done <<<"$rows"

# seconds may have decimals
for option in "record -w" "stat -t" "stat --interval"; do
	has_subcommand "${option% *}" || continue
	for value in +5 ' 5' 5x '' 0x5 '5 ' -1 2e9 nan inf .; do
		case $option in
		*--*) set -- "${option#* }=$value" ;;
		*) set -- "${option#* }" "$value" ;;
		esac
		run "$iotape" "${option% *}" "$@"
		[ "$status" = 2 ] || fail "$ran: status $status"
		grep -qF -- "${option#* } $value: a number of seconds is wanted" \
			"$err" || fail "$ran: $(cat "$err")"
		nr=$((nr + 1))
	done
done
if has_subcommand record; then
	run "$iotape" record -w 0.0009
	assert_status 2
	assert_err 'a number of seconds from 0.001 is wanted'
fi

for value in +5 ' 5' 5x 0 2147483648; do
	run "$iotape" virtiostat "$value"
	assert_status 2
	assert_err "a number above 0 is wanted as the interval"
	run "$iotape" virtiostat -n "virtio$value"
	[ "$value" = 0 ] || assert_status 2
	[ "$value" = 0 ] || assert_err "a name as virtio0 is wanted"
done
[ $nr -gt 20 ] || fail "only $nr values were tried"
