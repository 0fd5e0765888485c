# SPDX-License-Identifier: GPL-2.0
# Filters on another kernel: its verifier takes the programs with each of them
# alone and with all at once, and they let through what they shall.
# vmrun: -M null_blk
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_command fio
make_workdir
loop=/dev/nullb0
export loop
export -f load
group=/sys/fs/cgroup/wanted
mkdir $group || fail "$group"
echo $$ >$group/cgroup.procs

# completions OPTION...: of 300 reads, with the options
completions() {
	rm -f t.blktrace.*
	run "$iotape" record -d "$loop" -o t "$@" -- bash -c 'load 300'
	cat "$err"
	assert_status 0
	run "$iotape" parse -q t -f '%a\n'
	completed=$(grep -c '^ *C *$' "$out")
}

all=(--pid $$ --comm fio --op read --size 4k-64k --sectors 0-9999999999
	--in-cgroup $group)
for nr in 0 2 4 6 8 10; do
	completions "${all[@]:nr:2}"
	assert_eq "$completed" 300 "completions with ${all[*]:nr:2}"
done
completions --than 1us
[ "$completed" -gt 250 ] || fail "$completed completions of 1 us"
completions "${all[@]}"
assert_eq "$completed" 300 "completions with all of them"
completions "${all[@]}" --than 1us
[ "$completed" -gt 250 ] || fail "$completed completions of 1 us with all"
echo "INFO: all at once: $completed of 300 longer than 1 us"
completions "${all[@]/fio/nobody}"
assert_eq "$completed" 0 "completions of nobody"
