# SPDX-License-Identifier: GPL-2.0
# iotape record --metrics, --listen: counts against what is known of the I/O,
# promtool, Prometheus; a full disk, a port in use, bad clients, what the
# processes may do, and how they end.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/fault/lib.sh"
need_bpf
need_loop
need_command fio losetup python3
make_workdir
make_loop 64M
disk=${loop#/dev/}
grep -q "^#define HAVE_MICROHTTPD" "$top_builddir/config.h" ||
	skip "built without libmicrohttpd: no --listen"
port=$(python3 -c '
import socket
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])')

# scrape: the metrics of now, over HTTP, into the file "page".
scrape() {
	python3 - "$port" >page <<-'EOF' || fail "no answer: $(cat err)"
		import sys, urllib.request
		opener = urllib.request.build_opener(
		    urllib.request.ProxyHandler({}))
		url = f"http://127.0.0.1:{sys.argv[1]}/metrics"
		with opener.open(url, timeout=60) as f:
		    assert f.headers["Content-Type"].startswith(
		        "text/plain; version=0.0.4"), f.headers
		    sys.stdout.write(f.read().decode())
	EOF
}

# catches_int PID: SIGINT does not kill it; false if it is gone.
catches_int() {
	local mask

	mask=$(awk '/^SigCgt/ { print $2 }' "/proc/$1/status" 2>/dev/null)
	[ $((0x${mask:-0} & 2)) != 0 ]
}

# answers FILE: the recorder has written it, and ends when it is told.
answers() {
	[ -s "$1" ] && catches_int $recorder
}

# start OPTION...: a recorder in the background; it answers when this returns.
start() {
	rm -f prom
	env --default-signal "$iotape" record --metrics prom \
		--metrics-interval 300ms --listen "$port" "$@" >out 2>err &
	recorder=$!
	wait_until 60 eval 'answers prom || has_ended $recorder'
	answers prom || fail "iotape record does not begin: $(cat err)"
}

# Whatever fails, none is left.
stop() { [ -z "${recorder-}" ] || kill "$recorder" 2>/dev/null; }
at_exit stop

# children: the processes of the recorder, the server first.
children() { pgrep -P $recorder; }

# value FILE NAME [LABEL...]: the sum of the samples of NAME that have them.
value() {
	local file=$1 name=$2

	shift 2
	python3 - "$file" "$name" "$@" <<-'EOF'
		import sys
		total = 0
		for line in open(sys.argv[1]):
		    if line.startswith(sys.argv[2] + "{") and \
		       all(label in line for label in sys.argv[3:]):
		        total += float(line.rsplit(" ", 1)[1])
		print(f"{total:.9g}")
	EOF
}

# fio_known NAME OPTION...
fio_known() {
	local name=$1

	shift
	fio --name="$name" --filename="$loop" --direct=1 --ioengine=psync \
		--output=/dev/null "$@" || fail "fio"
}

# ---- counts, without a trace -------------------------------------------------------

start --no-trace -d "$loop"
fio_known r --rw=randread --bs=4k --number_ios=3000 --size=32M
fio_known w --rw=randwrite --bs=16k --number_ios=500 --size=32M
blkdiscard -o 0 -l 1048576 "$loop" || fail "blkdiscard"

# a program that says that it is QEMU, in a cgroup with all kinds of letters
group=
mount=$(awk '$3 == "cgroup" && $4 ~ /(^|,)blkio(,|$)/ { print $2; exit }
	' /proc/self/mounts)
[ -n "$mount" ] || mount=$(awk '$3 == "cgroup2" { print $2; exit }
	' /proc/self/mounts)
name="iotape \"x\\y\" $$ ü"
if [ -n "$mount" ] && mkdir "$mount/$name" 2>/dev/null; then
	group=$mount/$name
	at_exit rmdir "$group"
	[ ! -w "$mount/cgroup.subtree_control" ] ||
		echo +io >"$mount/cgroup.subtree_control" 2>/dev/null
fi
cat >vm.py <<'EOF'
import mmap, os, sys, time
if sys.argv[1]:
    open(sys.argv[1] + "/cgroup.procs", "w").write("0")
fd = os.open(sys.argv[2], os.O_RDONLY | os.O_DIRECT)
page = mmap.mmap(-1, 65536)
for i in range(40):
    assert os.preadv(fd, [page], i * 65536) == 65536
sys.stdin.read()	# its name is looked up while it is there
EOF
mkfifo hold
python=$(python3 -c 'import sys; print(sys.executable)')
home=$(python3 -c 'import sys; print(sys.base_prefix)')
PYTHONHOME=$home bash -c 'exec -a qemu-system-x86_64 "$@"' sh "$python" vm.py \
	"$group" "$loop" -name guest=web,debug-threads=on <hold &
vm=$!
exec 7>hold
for _ in $(seq 100); do
	scrape
	[ "$(value page iotape_requests_total 'vm="web"')" = 40 ] && break
	sleep 0.1
done
exec 7>&-
wait $vm || fail "the program that says it is QEMU"
assert_eq "$(value page iotape_requests_total 'vm="web"' 'op="read"' \
	"device=\"$disk\"")" 40 "reads of the VM"
assert_eq "$(value page iotape_request_bytes_total 'vm="web"')" 2621440 \
	"bytes of the VM"
if [ -n "$group" ]; then
	assert_eq "$(value page iotape_requests_total \
		"cgroup=\"/iotape \\\"x\\\\y\\\" $$ ü\"")" 40 "the cgroup"
else
	echo "no cgroup with the io controller: cgroups are left out" >&9
fi
# what udev looks at behind the discard is read as well
reads=$(value page iotape_requests_total 'op="read"')
[ "$reads" -ge 3040 ] && [ "$reads" -le 4100 ] || fail "$reads reads, not 3040"
assert_eq "$(value page iotape_requests_total 'op="write"')" 500 writes
assert_eq "$(value page iotape_request_bytes_total 'op="write"')" 8192000 \
	"bytes written"
[ "$(value page iotape_requests_total 'op="discard"')" -ge 1 ] || fail discard
assert_eq "$(value page iotape_request_latency_seconds_count 'op="write"')" \
	500 "times"
assert_eq "$(value page iotape_request_latency_seconds_bucket 'op="write"' \
	'le="+Inf"')" 500 "the last bucket"
assert_eq "$(value page iotape_requests_in_flight)" 0 "in flight"
! grep -q iotape_recorded page || fail "there is no trace, but counts of one"
[ "$(grep -c '^iotape_requests_total' page)" = "$(grep -c \
	"^iotape_requests_total{device=\"$disk\"" page)" ] ||
	fail "other disks: $(grep '^iotape_requests_total' page)"

# an update replaces the file: no half of it is ever seen
for _ in $(seq 100); do
	tail -n 1 prom | grep -q '^iotape_build_info{' || fail "half a file"
	sleep 0.01
done
if have_command promtool; then
	promtool check metrics <page || fail "promtool"
	promtool check metrics <prom || fail "promtool, the file"
else
	echo "no promtool: the text is not checked" >&9
fi

# ---- rights, odd requests, slow clients ---------------------------------------------

server=$(children | head -n 1) collector=$(children | tail -n 1)
grep -q '^Uid:.65534.65534.65534' "/proc/$server/status" ||
	fail "the server is somebody"
assert_eq "$(awk '/^Cap(Prm|Eff|Amb)/ { print $2 }' \
	"/proc/$server/status" | sort -u)" 0000000000000000 "capabilities"
if "$top_builddir/iotape" --version >/dev/null &&
	grep -q '^#define HAVE_SECCOMP' "$top_builddir/config.h"; then
	grep -q '^Seccomp:.2' "/proc/$server/status" || fail "no filter"
else
	echo "no seccomp filter: built without" >&9
fi
# 0 1 2, the listener, the collector, the recorder, epoll
ls -l "/proc/$server/fd" >fds
[ "$(grep -c -- '->' fds)" -le 7 ] || fail "the server's files: $(cat fds)"

python3 - "$port" <<'EOF' || fail "odd requests"
import socket, sys, time
port = int(sys.argv[1])
def ask(data, wait=True):
    s = socket.create_connection(("127.0.0.1", port), timeout=60)
    s.sendall(data)
    got = b""
    while wait and (piece := s.recv(65536)):
        got += piece
    return got if wait else s
def status(data):
    try:
        answer = ask(data)
    except (ConnectionResetError, BrokenPipeError):
        answer = b""
    return answer.split(b" ")[1] if answer else b"closed"
end = b" HTTP/1.1\r\nHost: x\r\n\r\n"
refused = (b"400", b"413", b"414", b"431", b"closed")
assert status(b"GET /metrics" + end) == b"200"
assert status(b"HEAD /metrics" + end) == b"200"
assert status(b"GET /" + end) == b"404"
assert status(b"GET /metrics/../../etc/passwd" + end) == b"404"
assert status(b"POST /metrics HTTP/1.1\r\nHost: x\r\n"
              b"Content-Length: 1000000000\r\n\r\n") == b"405"
assert status(b"FOO /metrics" + end) == b"405"
assert status(b"\0\1\2\3\r\n\r\n") in refused
assert status(b"GET /" + b"a" * 100000 + end) in refused
# clients that say nothing, or half a line
slow = [ask(b"", False) for _ in range(6)]
slow += [ask(b"GET /metr", False) for _ in range(6)]
assert status(b"GET /metrics" + end) == b"200"
# more of them than there is room for: those that are idle are closed
more = [ask(b"G", False) for _ in range(30)]
for _ in range(60):
    if status(b"GET /metrics" + end) == b"200":
        break
    time.sleep(1)
else:
    sys.exit("idle clients keep others away")
# as many that are never idle, for as long as they are let
drips = [ask(b"GET /metrics HTTP/1.1\r\nX: ", False) for _ in range(16)]
limit = time.time() + 60
while drips and time.time() < limit:
    time.sleep(1)
    for s in list(drips):
        try:
            s.sendall(b"a")
        except OSError:
            drips.remove(s)
assert not drips, "a client may talk for ever"
assert status(b"GET /metrics" + end) == b"200"
EOF

# no client keeps it from ending, nor the file from being written
python3 -c '
import socket, sys, time
s = [socket.create_connection(("127.0.0.1", int(sys.argv[1])))
     for _ in range(14)]
for c in s:
    c.send(b"GET /metrics HTTP/1.1\r\n")
print(flush=True)
time.sleep(60)' "$port" >slow &
slow=$!
wait_until 10 has_bytes slow
fio_known w2 --rw=randwrite --bs=16k --number_ios=100 --size=32M
end_record INT
recorder=
kill $slow
wait $slow 2>/dev/null
assert_eq "$status" 0 "status"
assert_eq "$(cat err)" "" "messages"
assert_eq "$(value prom iotape_requests_total 'op="write"')" 600 \
	"writes, at the end"
for pid in $server $collector; do
	! kill -0 "$pid" 2>/dev/null || fail "process $pid is left"
done

# ---- with a trace, all in one ----------------------------------------------------------

mkdir rec
start -D rec -o t -d "$loop"
fio_known r --rw=randread --bs=4k --number_ios=2000 --size=32M
end_record INT
recorder=
assert_eq "$status" 0 "status"
assert_eq "$(value prom iotape_recorded_events_total)" \
	"$(fact events rec/t.blktrace.*)" "events"
[ "$(value prom iotape_recorded_bytes_total)" -ge \
	$(($(fact events rec/t.blktrace.*) * 48)) ] || fail "bytes"
assert_eq "$(value prom iotape_lost_events_total)" 0 "lost"
grep -q "^iotape_lost_events_total{device=\"$disk\"} 0" prom || fail "no loss"

# the dashboard: each name is there
grep -oE 'iotape_[a-z_]+' "$top_srcdir/doc/grafana-dashboard.json" | sort -u |
	while read -r name; do
		grep -qE "^${name}[{ ]" prom || echo "$name"
	done >missing
assert_eq "$(cat missing)" "" "names of the dashboard that are nowhere"

# a recorder that is killed leaves nobody behind
start --no-trace
kids=$(children)
kill -9 $recorder
wait $recorder 2>/dev/null
recorder=
for pid in $kids; do
	wait_until 10 has_ended "$pid" || fail "process $pid is left"
done

# ---- processes that are stuck or gone --------------------------------------------------------

# The server has another user: it may not be killed, and must not be waited for.
for who in server collector; do
	start --no-trace
	server=$(children | head -n 1) collector=$(children | tail -n 1)
	kill -STOP "${!who}"
	end_record INT	# within 10 s
	recorder=
	assert_eq "$status" 1 "status with a $who that is stuck"
	grep -qE "the $who (did|does) not end" err || fail "$who: $(cat err)"
	assert_eq "$(wc -l <err)" 1 "messages: $(cat err)"
	kill -CONT "${!who}" 2>/dev/null
	wait_until 10 has_ended "$server" &&
		wait_until 10 has_ended "$collector" || fail "one is left"
done

# the trace comes first
mkdir rec4
start -D rec4 -o t --flight 10s -d "$loop"
fio_known r --rw=randread --bs=4k --number_ios=100 --size=32M
collector=$(children | tail -n 1)
kill -STOP "$collector"
end_record INT
recorder=
assert_eq "$status" 1 "status"
grep -n 'dump 1 (the end)' err >order && grep -n 'collector' err >>order ||
	fail "messages: $(cat err)"
sort -n -c order 2>/dev/null || fail "the dump waits: $(cat err)"

# nothing is served: without a file that is the end, with one it goes on
env --default-signal "$iotape" record --no-trace --listen "$port" >out 2>err &
recorder=$!
wait_until 60 catches_int $recorder
wait_until 60 eval '[ -n "$(children)" ]'
kill -9 "$(children | head -n 1)"
status=0
timeout 20 tail --pid=$recorder -f /dev/null || fail "it runs on for nobody"
wait $recorder || status=$?
recorder=
assert_eq "$status" 1 "status without a server"
grep -q 'nothing is served any more' err || fail "messages: $(cat err)"
start --no-trace
kill -9 "$(children | head -n 1)"
wait_until 10 has_bytes err
fio_known w --rw=randwrite --bs=16k --number_ios=70 --size=32M
end_record INT
recorder=
assert_eq "$status" 1 "status with a file, without a server"
assert_eq "$(value prom iotape_requests_total "device=\"$disk\"" \
	'op="write"')" 70 "writes"

# ---- what fails -----------------------------------------------------------------------------

python3 -c '
import socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print(flush=True)
time.sleep(60)' "$port" >taken &
taken=$!
wait_until 10 has_bytes taken
run "$iotape" record --no-trace --listen "$port"
assert_status 1
assert_one_error
assert_err "--listen $port: Address already in use"
kill $taken
wait $taken 2>/dev/null

# The library is loaded for --listen only: one that asks for another name works
# but for that.
sed 's/libmicrohttpd\.so\./libmicrohttpx.so./' "$iotape" >other
chmod 755 other
run ./other --version
assert_status 0
run ./other record --no-trace --listen "$port" -w 1
assert_status 1
assert_one_error
assert_err "--listen needs libmicrohttpd: libmicrohttpx\.so\..*: cannot open"

mkdir small rec2
if mount -t tmpfs -o size=64k iotape-test small; then
	at_exit umount "$workdir/small"
	dd if=/dev/zero of=small/full bs=4k 2>/dev/null
	run "$iotape" record -d "$loop" -D rec2 -o t --metrics small/prom \
		--metrics-interval 100ms -- fio --name=r --filename="$loop" \
		--direct=1 --rw=randread --bs=4k --number_ios=500 \
		--size=32M --output=/dev/null --thinktime=1ms
	assert_status 1
	assert_one_error
	assert_err 'small/prom: cannot be written: No space left on device$'
	[ "$(fact events rec2/t.blktrace.*)" -ge 1500 ] ||
		fail "the trace is not whole"
	assert_eq "$(ls -A small)" full "what is left behind"
else
	echo "a tmpfs cannot be mounted: no full disk" >&9
fi
# started by a program that ignores SIGCHLD; timeout(1) does not
ignoring() { timeout -s KILL 60 env --ignore-signal=CHLD "$iotape" "$@"; }
run ignoring record --no-trace --metrics f --listen "$port" -- sh -c "exit 3"
assert_status 3
mkdir rec3
run ignoring record -d "$loop" -D rec3 -o t --metrics f -- sh -c "exit 3"
assert_status 3
run "$iotape" record --no-trace --metrics none/prom -w 1
assert_status 1
assert_one_error
for bad in "--listen x" "--listen 0" "--listen localhost:80" \
	"--listen 1:2:3" "--listen [::1" "--listen 127.0.0.1:" \
	"--metrics -" "--metrics-interval 0" "--metrics-interval 5" \
	"-o name" "--flight 5s" "--kvm"; do
	# shellcheck disable=SC2086 # words
	run "$iotape" record --no-trace --metrics f $bad
	assert_status 2
done
run "$iotape" record --no-trace
assert_status 2

# ---- Prometheus -------------------------------------------------------------------------------

have_command prometheus || skip "no prometheus: the rest has passed"
start --no-trace -d "$loop"
cat >config.yml <<END
global: { scrape_interval: 1s }
scrape_configs:
  - job_name: iotape
    static_configs: [ { targets: [ "127.0.0.1:$port" ] } ]
END
cat >ask.py <<'EOF'
import json, socket, subprocess, sys, time, urllib.parse, urllib.request
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    port = s.getsockname()[1]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
server = subprocess.Popen(
    ["prometheus", "--config.file=config.yml", "--storage.tsdb.path=data",
     f"--web.listen-address=127.0.0.1:{port}"],
    stdout=subprocess.DEVNULL, stderr=open("prometheus.log", "w"))
def ask(query):
    q = urllib.parse.urlencode({"query": query})
    url = f"http://127.0.0.1:{port}/api/v1/query?{q}"
    with opener.open(url, timeout=10) as f:
        return [float(r["value"][1])
                for r in json.load(f)["data"]["result"]]
try:
    for _ in range(600):
        try:
            if ask('sum(iotape_requests_total{op="write"})') == [400]:
                break
        except OSError:
            pass
        time.sleep(0.1)
    else:
        sys.exit("it has not seen 400 writes")
    for query, wanted in (
        ('sum(iotape_request_latency_seconds_count{op="write"})', [400]),
        ('sum(iotape_request_bytes_total{op="write"})', [400 * 16384]),
        ('histogram_quantile(0.99, sum by (le) '
         '(iotape_request_latency_seconds_bucket)) < bool 10', [1]),
        ('up', [1])):
        assert ask(query) == wanted, (query, ask(query))
finally:
    server.terminate()
    server.wait()
EOF
fio_known w --rw=randwrite --bs=16k --number_ios=400 --size=32M
timeout 120 python3 ask.py || fail "Prometheus: $(tail -n 3 prometheus.log)"
end_record INT
recorder=
assert_eq "$status" 0 "status"
exit 0
