# SPDX-License-Identifier: GPL-2.0
# iotape export --format openmetrics: promtool makes blocks of it, and Prometheus
# says of them over its HTTP API, on loopback, what parse says of the trace.
. "${top_srcdir:-.}/tests/lib.sh"
. "$top_srcdir/tests/export-lib.sh"
need_command xz tar
make_workdir
unpack_capture scsi-ext4 cap

# A hand-made trace, line by line: two I/Os in the first second, a pause of
# some minutes, one that fails; then a hole.
mkdir hand
"$top_builddir/tests/mktrace" <<-END || fail mktrace
file hand/m.blktrace.0
le
set dev=8,0 pid=100
timestamp time=0.5 pid=0 pdu=00f1536500000000
Q read time=1.0 sector=8 bytes=4096 seq=1
C read time=1.0001 sector=8 bytes=4096 seq=2
Q read time=1.1 sector=16 bytes=512 seq=3
C read time=1.13 sector=16 bytes=512 seq=4
Q read time=200.0 sector=16 bytes=512 seq=5
C read time=200.02 sector=16 bytes=512 error=65531 seq=6
Q read time=200.1 sector=32 bytes=512 seq=9
END
run "$iotape" export --format openmetrics -o hand.om hand
assert_status 3
run grep iotape_io_bytes_total hand.om
cat >want <<'END'
iotape_io_bytes_total{device="8,0",op="read"} 0 1700000000.000
iotape_io_bytes_total{device="8,0",op="read"} 4608 1700000001.000
iotape_io_bytes_total{device="8,0",op="read"} 4608 1700000061.000
iotape_io_bytes_total{device="8,0",op="read"} 4608 1700000121.000
iotape_io_bytes_total{device="8,0",op="read"} 4608 1700000181.000
iotape_io_bytes_total{device="8,0",op="read"} 4608 1700000199.000
iotape_io_bytes_total{device="8,0",op="read"} 5120 1700000200.000
END
assert_same want "$out"
run grep -e ' 1700000200.000' hand.om
assert_out '_errors_total\{.*\} 1 17'
assert_out '_bucket\{.*,le="5e-05"\} 0 17'
assert_out '_bucket\{.*,le="0.0001"\} 1 17'
assert_out '_bucket\{.*,le="0.02"\} 2 17'
assert_out '_bucket\{.*,le="\+Inf"\} 3 17'
assert_out '_count\{.*\} 3 17'
assert_out '_sum\{.*\} 0.050100000 17'
run tail -n 2 hand.om
assert_out 'iotape_lost_events_total\{\} 2 1700000200.000'
assert_out '^# EOF$'
run "$iotape" export --format openmetrics --interval 0.5 hand
assert_out ' 1700000000.500$'

# Requests: two I/Os become one, which is issued twice; then one that fails.
mkdir merged
"$top_builddir/tests/mktrace" <<-END || fail mktrace
file merged/m.blktrace.0
le
set dev=8,0 pid=100
timestamp time=0.5 pid=0 pdu=00f1536500000000
Q write time=1.0 sector=8 bytes=4096 seq=1
G write time=1.0 sector=8 bytes=4096 seq=2
Q write time=1.01 sector=16 bytes=4096 seq=3
M write time=1.01 sector=16 bytes=4096 seq=4
D write time=1.02 sector=8 bytes=8192 seq=5
R write time=1.03 sector=8 bytes=8192 seq=6
D write time=1.04 sector=8 bytes=8192 seq=7
C write time=1.044 sector=8 bytes=8192 seq=8
Q write time=1.1 sector=64 bytes=512 seq=9
D write time=1.1 sector=64 bytes=512 seq=10
C write time=1.13 sector=64 bytes=512 error=65531 seq=11
END
run "$iotape" export --format openmetrics -o merged.om merged
assert_status 0
cat >want <<'END'
iotape_request_bytes_total{device="8,0",op="write"} 8704 1700000001.000
iotape_request_errors_total{device="8,0",op="write"} 1 1700000001.000
iotape_request_latency_seconds_bucket{device="8,0",op="write",le="+Inf"} 2 1700000001.000
iotape_request_latency_seconds_bucket{device="8,0",op="write",le="0.002"} 0 1700000001.000
iotape_request_latency_seconds_bucket{device="8,0",op="write",le="0.005"} 1 1700000001.000
iotape_request_latency_seconds_bucket{device="8,0",op="write",le="0.05"} 2 1700000001.000
iotape_request_latency_seconds_count{device="8,0",op="write"} 2 1700000001.000
iotape_request_latency_seconds_sum{device="8,0",op="write"} 0.034000000 1700000001.000
iotape_requests_total{device="8,0",op="write"} 2 1700000001.000
END
grep '^iotape_request.* 1700000001.000' merged.om |
	grep -E -e '(total|count|sum)[{]' -e 'le="(0.002|0.005|0.05|[+]Inf)"' |
	sort >got
assert_same want got
run grep -c 'iotape_io_latency_seconds_count.*} 3 1700000001.000' merged.om
assert_out '^1$'

# Families and series stand together.
run "$iotape" export --format openmetrics --interval 0.1 cap
assert_status 0
assert_eq "$(sed -E '/^#/d; s/[{].*//; s/_(bucket|count|sum)$//' "$out" |
	uniq | sort | uniq -d)" "" "families that are torn apart"

# No time of day, and bad words.
"$iotape" parse -O -d dump cap >/dev/null 2>&1
run "$iotape" export --format openmetrics dump
assert_status 1
assert_one_error
run "$iotape" export --format openmetrics --interval 0 cap
assert_status 2

# What Prometheus reads.
need_command promtool prometheus python3
run "$iotape" export --format openmetrics -o cap.om cap
assert_status 0
promtool tsdb create-blocks-from openmetrics cap.om data >log 2>&1 || {
	cat log
	fail "promtool does not take it"
}
echo 'global: {}' >config.yml
cat >ask.py <<'END'
import json, os, subprocess, sys, time, urllib.parse, urllib.request, socket

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]

port = free_port()
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

def get(path):
    with opener.open(f"http://127.0.0.1:{port}{path}", timeout=10) as f:
        return f.read()

server = subprocess.Popen(
    ["prometheus", "--config.file=config.yml", "--storage.tsdb.path=data",
     "--storage.tsdb.retention.time=100y",
     f"--web.listen-address=127.0.0.1:{port}"],
    stdout=subprocess.DEVNULL, stderr=open("prometheus.log", "w"))
try:
    for _ in range(300):
        if server.poll() is not None:
            sys.exit("prometheus ended")
        try:
            get("/-/ready")
            break
        except OSError:
            time.sleep(0.1)
    else:
        sys.exit("prometheus is not ready after 30 s")
    for query in sys.argv[2:]:
        q = urllib.parse.urlencode({"query": query, "time": sys.argv[1]})
        r = json.loads(get("/api/v1/query?" + q))
        for row in r["data"]["result"]:
            print(row["metric"].get("op", "-"), row["value"][1])
finally:
    server.terminate()
    server.wait()
END
end=$(awk '/bytes_total/ { print $NF }' cap.om | sort -n | tail -n 1)
python3 ask.py "$end" \
	'sort(sum by (op) (iotape_io_bytes_total))' \
	'sort(sum by (op) (iotape_io_latency_seconds_count))' \
	'sum(increase(iotape_io_bytes_total[1h])) > bool 0' \
	'histogram_quantile(0.5, sum by (le) (iotape_io_latency_seconds_bucket)) < bool 10' \
	'sum(iotape_lost_events_total)' >got || {
	tail prometheus.log
	fail "Prometheus"
}
sums() {
	"$iotape" parse --io --json cap | sed -nE \
		's/.*"op":"([a-z]+)".*"bytes":([0-9]+).*/\1 \2/p' |
		awk -v how="$1" '{ n[$1] += how == "bytes" ? $2 : 1 }
			END { for (op in n) printf "%s %.0f\n", op, n[op] }' |
		sort -n -k 2
}
{ sums bytes; sums ios; printf -- '- 1\n- 1\n- 0\n'; } >want
assert_same want got
