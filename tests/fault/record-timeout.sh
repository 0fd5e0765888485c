# SPDX-License-Identifier: GPL-2.0
# timeout(1) sends its signal to its child and to the group, so that a recorder
# gets it twice at once: it is one signal.  A pattern that fits nothing.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
make_workdir
make_loop 16M

for sig in INT TERM; do
	for option in "" --compress "--flight 8M"; do
		rm -rf d
		# shellcheck disable=SC2086 # words
		timeout -s $sig 3 env --default-signal "$iotape" record \
			-d "$loop" -D d -o t $option >out 2>err
		status=$?
		[ $status = 124 ] || { cat err; fail "$sig $option: $status"; }
		memory=$(sed -n 's/.*keeping the last stretch in //p' err)
		case $option in
		--flight*)
			[ -n "$memory" ] || fail "no memory: $(cat err)"
			[ ! -e "$memory" ] || fail "$memory was left behind"
			;;
		esac
		grep -q '^  Total:' out ||
			{ cat out err; fail "$sig $option: no report"; }
		ls d/t*.blktrace.0* >/dev/null || fail "$sig $option: no trace"
		"$iotape" parse -i "$(ls d/t*.blktrace.0* |
			sed 's/\.blktrace.*//')" --all -q |
			grep -q ' N total ' || fail "$sig $option: no end"
	done
done

run "$iotape" record -d 'no such disk*' -D d -- true
assert_status 1
assert_err 'no such disk\*: no disk came that fits'
run "$iotape" record -d 'loop[' -D d -- true
assert_status 1
assert_one_error
assert_err '-d loop\[: a \[ without its \]'
