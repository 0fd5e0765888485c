/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a virtual machine is called, from the command line of its VMM.
 *
 *	char name[VMNAME_MAX];
 *	if (!vmname_parse(cmdline, len, name))
 *		... use the process's name ...
 *
 * Pure: nothing is read but the bytes given.  The VMMs are rows of a table:
 *
 *	QEMU (libvirt starts it too)	-name NAME, -name guest=NAME,..., with
 *					",," for a comma; a plain NAME wins
 *	Firecracker			--id NAME
 *	cloud-hypervisor		--api-socket PATH or path=PATH: the
 *					file's name without its ending, since
 *					it has no option for a name
 *	crosvm, lkvm			--name NAME
 */
#ifndef ANALYZE_VMNAME_H
#define ANALYZE_VMNAME_H

#include <stdbool.h>
#include <stddef.h>

#define VMNAME_MAX	128	/* bytes with the NUL; longer names are cut */

/*
 * @cmdline: words with NULs between them, as /proc/PID/cmdline has them; the
 * last one may lack its NUL.  False, and @ret_name untouched, where it is no
 * VMM of the table or gives no name.
 */
bool vmname_parse(const char *cmdline, size_t len, char ret_name[VMNAME_MAX]);

/*
 * The same for words with blanks between them, as a PROCESS record has them:
 * a name with a blank in it ends there.
 */
bool vmname_parse_text(const char *text, char ret_name[VMNAME_MAX]);

#endif
