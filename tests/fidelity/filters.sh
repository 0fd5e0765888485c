# SPDX-License-Identifier: GPL-2.0
# The filters of iotape record.  While one records with a filter, another one
# records all, and load that is not wanted runs beside the wanted one, in a
# region of its own.  What was recorded with the filter is then what the other
# has of that region: the whole life of each I/O, whoever completed it.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command fio
make_workdir
make_loop 64M
queue=/sys/block/${loop#/dev/}/queue

# The wanted process is called alpha, the other one beta.
cp "$(command -v fio)" alpha && cp alpha beta || fail "cannot copy fio"
reads="--direct=1 --ioengine=libaio --iodepth=8 --minimal --output=/dev/null"
alpha="./alpha --name=a --filename=$loop $reads"
beta="./beta --name=b --filename=$loop $reads --offset=32m --size=16m
	--rw=randrw --bs=4k --number_ios=1500"
half=65536		# sectors

# both COMMAND FILTER...: COMMAND is recorded with the filter, and by the
# other recorder, while beta runs.
both() {
	local command=$1

	shift
	rm -rf all some
	"$iotape" record -d "$loop" -D all -o t >all.out 2>&1 &
	all=$!
	wait_until 60 has_bytes all/t.blktrace.0
	# shellcheck disable=SC2086 # words
	(exec $beta) &
	beta_pid=$!
	run "$iotape" record -d "$loop" -D some -o t "$@" -- bash -c "$command"
	assert_status 0
	assert_no_err
	wait $beta_pid || fail "beta failed"
	sleep 0.3
	kill -INT $all
	wait $all || fail "the recorder of all: $(cat all.out)"
}

# ios DIR: the events of I/O in the wanted region.
ios() {
	"$iotape" parse -D "$1" -i t -q -f '%a %d %S %n\n' |
		awk -v half=$half '$1 ~ /^[QGMFXIDC]$/ && $3 < half' | sort
}

# assert_followed WHAT MINIMUM: the filtered trace is what was wanted.
assert_followed() {
	ios all >all.txt
	ios some >some.txt
	[ "$(wc -l <some.txt)" -ge "$2" ] || fail "$1: too few events"
	diff all.txt some.txt >difference || {
		head -n 20 difference
		fail "$1: not what the other recorder has"
	}
	# beta's was left out
	"$iotape" parse -D some -i t -q -f "%a %S\\n" |
		awk -v half=$half '$2 + 0 >= half { n++; print }
				   END { exit !!n }' ||
		fail "$1: other I/O was recorded"
	echo "INFO: $1: $(wc -l <some.txt) events, each followed"
}

# ---- process, name, cgroup: the whole I/O -------------------------------------

for scheduler in none mq-deadline bfq; do
	echo $scheduler >"$queue/scheduler" 2>/dev/null || continue
	both "$alpha --rw=randrw --size=16m --bs=4k --number_ios=1000" \
		--comm 'al[a-p]?a'
	assert_followed "name, $scheduler" 4000
done
both "$alpha --rw=write --size=16m --bs=4k --iodepth_batch_submit=8 \
	--iodepth_batch_complete_min=8 --number_ios=2000" --pid self
assert_followed "process, merges" 4000
grep -q '^M' some.txt || fail "nothing was merged"

echo none >"$queue/scheduler"
echo 16 >"$queue/max_sectors_kb"
both "$alpha --rw=randrw --size=16m --bs=64k --number_ios=200; true" --pid self
echo 1280 >"$queue/max_sectors_kb"
assert_followed "process, splits" 1000
grep -q '^X' some.txt || fail "nothing was split"

both "$alpha --rw=randwrite --size=16m --bs=4k --number_ios=300 --fsync=3" \
	--comm alpha
assert_followed "name, flushes" 1500

# Both conditions, and a child of a child that has lost its father.
both "sh -c '($alpha --rw=randread --size=16m --bs=4k --number_ios=300
	touch done) &'
	while [ ! -e done ]; do sleep 0.1; done" --pid self --comm alpha --comm nobody
assert_followed "orphan" 1200

# A process that runs already, with its threads.
sh -c "while [ ! -e go ]; do sleep 0.1; done; exec $alpha --rw=randread \
	--size=16m --bs=4k --thread --numjobs=3 --number_ios=300" &
both "touch go; while kill -0 $! 2>/dev/null; do sleep 0.1; done" --pid $!
assert_followed "threads" 3600

# ---- cgroup --------------------------------------------------------------------

for mount in /sys/fs/cgroup/blkio /sys/fs/cgroup/unified /sys/fs/cgroup; do
	mkdir "$mount/iotape-test-$$" 2>/dev/null || continue
	at_exit rmdir "$mount/iotape-test-$$"
	mkdir "$mount/iotape-test-$$/below" || fail "no cgroup below"
	at_exit rmdir "$mount/iotape-test-$$/below"
	[ -e "$mount/iotape-test-$$/cgroup.procs" ] || continue
	command="(echo \$BASHPID >$mount/iotape-test-$$/below/cgroup.procs
		exec $alpha --rw=randrw --size=16m --bs=4k --number_ios=400)"
	both "$command" --in-cgroup "$mount/iotape-test-$$"
	assert_followed "cgroup of $mount" 1600
	[ $mount != /sys/fs/cgroup/blkio ] || {
		both "$command" --in-cgroup "/iotape-test-$$/below"
		assert_followed "cgroup, by its path" 1600
		both "$command" --in-cgroup \
			"$(stat -c %i "$mount/iotape-test-$$")"
		assert_followed "cgroup, by its id" 1600
	}
done

# ---- what the I/O is -----------------------------------------------------------

# count FILTER...: of Q and of C, of what alpha does, beta running beside.
count() {
	both "$mixed" "$@"
	"$iotape" parse -D some -i t -q -f '%a\n' | sort | uniq -c |
		awk '{ n[$2] = $1 } END { print n["Q"] + 0, n["D"] + 0,
		       n["C"] + 0 }'
}

beta="sleep 0.1"
mixed="$alpha --rw=read --bs=4k --number_ios=300 --size=8m
	$alpha --rw=write --bs=16k --offset=8m --size=4m --number_ios=200
	$alpha --rw=trim --bs=64k --offset=16m --size=1m"
assert_eq "$(count --op read)" "300 300 300" "reads"
assert_eq "$(count --op write)" "200 200 200" "writes"
assert_eq "$(count --op discard)" "16 16 16" "discards"
assert_eq "$(count --op read --op discard)" "316 316 316" "reads, discards"
assert_eq "$(count --op flush)" "0 0 0" "flushes"
assert_eq "$(count --size 4k)" "300 300 300" "4 KiB"
assert_eq "$(count --size 8k-)" "216 216 216" "8 KiB and more"
assert_eq "$(count --size 8k-32k)" "200 200 200" "8 to 32 KiB"
assert_eq "$(count --size -4k)" "300 300 300" "4 KiB and less"
assert_eq "$(count --sectors 0+80)" "10 10 10" "sectors"
assert_eq "$(count --sectors 16384-16415 --op write)" "1 1 1" "one write"
assert_eq "$(count --sectors 16383-16416 --op write)" "2 2 2" "two writes"
assert_eq "$(count -a complete --comm alpha)" "0 0 516" "with a mask"
assert_eq "$(count -a issue --size 16k)" "0 200 0" "size with a mask"

# ---- how long it took ----------------------------------------------------------

# A write to a loop device whose file lies in a frozen file system waits until
# that is thawed.  It comes between quick ones.
need_command mkfs.ext4 fsfreeze dd
make_freezable
dd if=/dev/zero of="$upper" bs=64k count=64 oflag=direct status=none ||
	fail "dd"
run "$iotape" record -d "$upper" -D slow -o t --than 300ms -- sh -c "
	dd if=/dev/zero of=$upper bs=4k count=200 oflag=direct status=none
	fsfreeze -f mnt
	(sleep 0.5; fsfreeze -u mnt) &
	dd if=/dev/zero of=$upper bs=8k count=1 oflag=direct status=none
	wait
	dd if=/dev/zero of=$upper bs=4k count=200 oflag=direct status=none"
assert_status 0
run "$iotape" parse -D slow -i t -q -f '%a %S %n\n'
assert_eq "$(grep -c '^[A-Z] ' "$out")" 1 "slow ones"
assert_out '^C 0 16$'
run "$iotape" parse -D slow -i t -q
assert_out ' m +N D2C [3-9][0-9][0-9]\.[0-9]{6} ms$'

# ---- wrong usage ---------------------------------------------------------------

# A file with no traces is left behind by none of them.
for words in "--pid 0" "--pid x" "--op Read" "--size k" \
	"--size 8k-4k" "--size 9g" "--sectors 5" "--sectors 9-1" "--than 10" \
	"--than 0ms" "--comm a[b"; do
	# shellcheck disable=SC2086 # words
	run "$iotape" record -d "$loop" -D none $words
	assert_status 2
	assert_err "^iotape record: ${words%% *} .*[a-z]"
	[ ! -e none ] || fail "$words: a directory was made"
done
# what is not there
for words in "--pid 4294967" "--in-cgroup /no/such" "--in-cgroup x" \
	"--in-cgroup 0"; do
	# shellcheck disable=SC2086 # words
	run "$iotape" record -d "$loop" -D none $words
	assert_status 1
	assert_err "^iotape record: ${words%% *} .*no such"
	[ ! -e none ] || fail "$words: a directory was made"
done
