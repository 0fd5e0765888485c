# SPDX-License-Identifier: GPL-2.0
# Helpers that do wrong things: each ends within its timeout, in one sentence
# of its own, with status 3 and without its tags.
. "${top_srcdir:-.}/tests/lib.sh"
need_subcommand tag
make_workdir
helper=$top_builddir/tests/tools/hostile-helper
[ -x "$helper" ] || fail "tests/tools/hostile-helper was not built"

# 80000 records: more than fit into any pipe, over 10 batches.
"$top_builddir/tests/tools/trace-gen" t 2 16000 || fail "trace-gen failed"

# check WHAT SENTENCE [N]: after N good answers.
check() {
	local what=$1 says=$2 nr=${3:-0} begin

	begin=$(date +%s%N)
	run timeout -s KILL 20 "$iotape" tag --tag-timeout 0.6 --format summary \
		--tag-helper "'$helper' $what $nr" t
	ms=$((($(date +%s%N) - begin) / 1000000))
	assert_status 3
	assert_one_error
	assert_err "$says"
	# all I/Os are there, with a tag or without
	assert_eq "$(awk 'NR > 1 { n += $1 } END { print n }' "$out")" 16000
	[ "$nr" != 0 ] || grep -q 'mine' "$out" && [ "$nr" = 0 ] &&
		fail "$what: something has a tag"
	[ "$ms" -lt 10000 ] || fail "$what took $ms ms"
	echo "$what: $ms ms"
	no_helper_left
}

helpers() {
	local dir

	for dir in /proc/[0-9]*; do
		[ "$(readlink "$dir/exe" 2>/dev/null)" != "$helper" ] ||
			echo "${dir#/proc/}"
	done
}

# What was started is gone too; the kernel may need a moment for that, on a
# busy machine.
no_helper_left() {
	wait_until 5 eval '[ -z "$(helpers)" ]' ||
		fail "$ran: a helper is left: $(helpers)"
}

# check_end WHAT SENTENCE: all was answered, so the tags are good.
check_end() {
	run timeout -s KILL 20 "$iotape" tag --tag-timeout 0.6 --format summary \
		--tag-helper "'$helper' $1" t
	assert_status 3
	assert_one_error
	assert_err "$2"
	assert_out '^16000	[0-9]+	mine$'
	no_helper_left
}

# With the good ones first.
for what in well blocks "well 100"; do
	run timeout -s KILL 20 "$iotape" tag --format summary \
		--tag-helper "'$helper' $what" t
	assert_status 0
	assert_no_err
	assert_out '^16000	[0-9]+	mine$'
done
"$top_builddir/tests/tools/trace-gen" small 1 400 || fail "trace-gen failed"
for window in 1 7; do
	run timeout -s KILL 60 "$iotape" tag --format summary \
		--tag-window $window --tag-helper "'$helper' well" small
	assert_status 0
	assert_out '^400	[0-9]+	mine$'
done

check silence 'answered nothing for 0\.6 s'
check garbage 'sent 0x6c6c6548, which is no answer'
check half 'stopped in the middle of an answer for 0\.6 s'
check half-and-exit 'ended with status 0 in the middle of an answer'
check long-label 'announced a label of 4294967295 bytes \(4096 at most\)'
check no-nul 'sent a label of 4 bytes without a NUL'
check undeclared 'used tag 77, which it had not declared'
check exit 'ended with status 5, after it had answered 0 records'
check exit 'ended with status 5, after it had answered 9000 records' 9000
check kill 'was killed by signal 9, after it had answered 300 records' 300
check close 'closed its output'
check never-read 'read none of [0-9]+ bytes and answered nothing'
check never-read 'answered nothing for 0\.6 s, after .* 20000 records' 20000
check endless-ends 'answered more records than it was sent'
check endless-ends 'answered more records than it was sent' 20000
check endless-labels 'sent over 1 MiB about one record'
check endless-tags 'declared more than 65536 tags'
check stop 'was stopped by signal 19 and answered nothing for 0\.6 s'
check stop 'was stopped by signal 19 .* 5000 records' 5000

check_end more 'wrote on after its last answer'
check_end bad-exit 'ended with status 7 after it had answered everything'
check_end stay 'had not ended 0\.6 s after its input did'

# One of several fails: the other goes on; the first that has a tag counts.
run timeout -s KILL 20 "$iotape" tag --tag-timeout 0.6 --format summary \
	--tag-helper "'$helper' exit 30000" --tag-helper "'$helper' well" \
	--tag-by op t
assert_status 3
assert_one_error
assert_out '^16000	[0-9]+	mine$'

# What others said is still used.
run timeout -s KILL 20 "$iotape" tag --tag-timeout 0.6 --format summary \
	--tag-helper "'$helper' garbage" --tag-by op t
assert_status 3
assert_out '^[0-9]+	[0-9]+	read$'

# A signal ends it, and the helper with it.
"$iotape" tag --tag-helper "'$helper' silence" -o x t 2>/dev/null &
pid=$!
sleep 0.5
kill -TERM $pid
wait $pid
no_helper_left
