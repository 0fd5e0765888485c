# SPDX-License-Identifier: GPL-2.0
# The branches for kernels that no test machine has: CO-RE finds what the
# programs read in the structures of a kernel before 5.11 (bi_disk, rq_disk,
# the queue's kobject), and not the fields of newer ones.
. "${top_srcdir:-.}/tests/lib.sh"
object=$top_builddir/bpf/rec.bpf.o
[ -f "$object" ] || skip "built without BPF"
PATH=$PATH:/usr/sbin:/sbin
need_command clang bpftool llvm-objdump
make_workdir

clang -target bpf -g -O2 -c "$top_srcdir/tests/bpf/kernel-5.8.bpf.c" -o old.o ||
	fail "cannot compile kernel-5.8.bpf.c"
# what is left of the old kernel's types when the programs are fitted to it
bpftool gen min_core_btf old.o used.btf "$object" 2>log || {
	cat log
	fail "bpftool gen min_core_btf failed"
}
bpftool btf dump file used.btf >used || fail "bpftool btf dump failed"
for field in bi_disk rq_disk parent devt first_minor bi_status __data_len \
	comm bi_blkg; do
	grep -q "'$field'" used ||
		{ cat used; fail "$field of the old kernel is not read"; }
done
for field in bi_bdev; do
	grep -q "'$field'" used && fail "$field is not of the old kernel"
done

# probe_drop_exchange() takes them out of programs, not out of functions.
llvm-objdump -d --no-show-raw-insn --section=.text "$object" >functions ||
	fail "llvm-objdump failed"
grep -q call functions || fail "$object has no functions"
grep -E 'xchg|atomic_fetch' functions && fail "an exchange in a function"
exit 0
