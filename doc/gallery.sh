#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Makes the pictures of doc/GALLERY.md from a recording that it makes itself,
# on a loop device in memory.  As root, with fio:
#
#	bash doc/gallery.sh IOTAPE PICTURES
#
# IOTAPE is the program, PICTURES the folder to write to.
set -eu
iotape=$(realpath "$1")
out=$(realpath "$2")
top=$(realpath "$(dirname "$0")/..")
dir=$(mktemp -d)
loop=

clean() {
	[ -z "$loop" ] || losetup -d "$loop" || true
	mountpoint -q "$dir/ram" && umount "$dir/ram"
	rm -rf --one-file-system "$dir"
}
trap clean EXIT

# Twice the same work; the second time beside a writer that is in its way.
cat >"$dir/work.sh" <<'END'
set -e
fio="fio --filename=$1 --direct=1 --ioengine=libaio --output=/dev/null"
$fio --name=log --rw=write --bs=128k --size=96m --rate=32m --iodepth=4
$fio --name=read --rw=randread --bs=4k --size=256m --iodepth=8 \
	--rate_iops=1500 --time_based --runtime=4 &
[ "$2" = alone ] ||
	$fio --name=beside --rw=randwrite --bsrange=16k-512k --offset=256m \
		--size=192m --iodepth=16 --rate_iops=250 --time_based --runtime=4
wait
sleep 1
$fio --name=mixed --rw=randrw --bs=16k --size=448m --rate_iops=500,500 \
	--iodepth=4 --time_based --runtime=4 --write_bw_log=fio --log_avg_msec=100
END

mkdir "$dir/ram"
mount -t tmpfs -o size=520m iotape-gallery "$dir/ram"
truncate -s 512m "$dir/ram/disk"
loop=$(losetup -f --show "$dir/ram/disk")
# so that there is a scheduler for I/Os to wait in
echo mq-deadline >"/sys/block/${loop#/dev/}/queue/scheduler" || true
cd "$dir"	# fio's logs go there too
for name in alone beside; do
	"$iotape" record -d "$loop" -o "$name" -D "$dir" -- \
		bash "$dir/work.sh" "$loop" "$name"
done

cd "$dir"
for kind in io tput latency latency-heat latency-cdf queue-depth iops phases \
	latency-hist size-hist seek-hist offset-heat offset-latency \
	depth-heat cpu-map cpu-sys cpu-user cpu-io cpu-irq cpu-soft; do
	"$iotape" plot beside -O "$kind" -T "" -w 640 -h 180 \
		-o "$kind.png"
done
"$iotape" plot beside -O latency-heat,phases,offset-latency,depth-heat \
	--theme dark -c 2 -w 520 -h 170 -o dark.png
"$iotape" plot beside -F fio_bw.1.log -O fio -T "" -w 640 -h 180 -o fio.png
tar xJf "$top/tests/path/host.tar.xz"
"$iotape" plot host -O path -T "" -w 640 -h 180 -o path.png
"$iotape" plot host -O kvm-exits -T "" -w 640 -h 180 -o kvm-exits.png
tar xJf "$top/tests/path/guest.tar.xz"
"$iotape" plot guest -O virtqueues -T "" -w 640 -h 180 -o virtqueues.png
"$iotape" plot --diff alone beside -w 640 -h 150 -o diff.png
cp ./*.png "$out/"
