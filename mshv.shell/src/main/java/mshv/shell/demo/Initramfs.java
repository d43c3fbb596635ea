package mshv.shell.demo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * The root file system of the demo: busybox, and an init that ends in a shell with a terminal. Not compressed: unpacking would take the
 * guest longer than reading.
 */
public final class Initramfs {
	/** What the shell says when it waits for a command. */
	public static final String PROMPT = "mshv:/# ";

	private static final String INIT = """
		#!/bin/busybox sh
		export PATH=/sbin:/bin HOME=/ ENV=/etc/profile
		busybox=/bin/busybox
		$busybox mount -t devtmpfs devtmpfs /dev
		$busybox mount -t proc proc /proc
		$busybox mount -t sysfs sysfs /sys
		$busybox --install -s /bin
		$busybox hostname mshv
		echo
		echo "Linux $(uname -r) on an emulated Microsoft hypervisor. 'poweroff' turns the machine off."
		# Not exec: the kernel panics when its first process ends
		$busybox setsid $busybox cttyhack $busybox sh
		$busybox poweroff -f
		""";

	/** Functions, because busybox's shell prefers its applets to files. Without -f they would ask an init that is not there. */
	private static final String PROFILE = """
		[ "$LINES" ] && busybox stty rows "$LINES" columns "$COLUMNS"
		PS1='mshv:$PWD# '
		poweroff() { busybox poweroff -f; }
		halt() { busybox halt -f; }
		reboot() { busybox reboot -f; }
		""";

	/** Bytes of which each round of the load computes a checksum. */
	public static final int LOAD_BYTES = 64 * 4096;

	/** One chain of processes for each processor. */
	private static final String LOAD = """
		#!/bin/sh
		# load NUMBER SUM: keeps so many processors busy; complains if a round's checksum is another
		work() {
			mask=$(printf %x $((1 << $1)))
			while :; do
				sum=$(taskset $mask dd if=/dev/zero bs=4096 count=64 2>/dev/null | taskset $mask tr '\\0' x | taskset $mask sha256sum)
				[ "${sum%% *}" = $2 ] && echo >>/tmp/load.$1 || echo "load: wrong sum $sum"
			done
		}
		n=0
		while [ $n -lt $1 ]; do
			work $n $2 &
			n=$((n + 1))
		done
		wait
		""";

	private static final String CLOCK = """
		#!/bin/sh
		# The time since the kernel started, the time of day, and how often each chain of load has been round
		echo clock $(cut -d' ' -f1 /proc/uptime) $(date +%s) $(stat -c %s /tmp/load.* 2>/dev/null)
		""";

	private Initramfs() {}

	/** @param busybox a statically linked busybox for the guest
	 * @return the archive */
	public static byte[] of(byte[] busybox) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream(busybox.length + 8192);
		try (CpioWriter archive = new CpioWriter(bytes)) {
			for (String directory : new String[] {"bin", "sbin", "dev", "etc", "proc", "root", "sys", "tmp"}) {
				archive.directory(directory, 0_755);
			}
			// Until devtmpfs is there
			archive.device("dev/console", 0_600, 5, 1);
			archive.device("dev/null", 0_666, 1, 3);
			archive.file("bin/busybox", 0_755, busybox);
			archive.link("bin/sh", "busybox");
			archive.file("etc/profile", 0_644, PROFILE.getBytes(StandardCharsets.US_ASCII));
			archive.file("bin/load", 0_755, LOAD.getBytes(StandardCharsets.US_ASCII));
			archive.file("bin/clock", 0_755, CLOCK.getBytes(StandardCharsets.US_ASCII));
			archive.file("init", 0_755, INIT.getBytes(StandardCharsets.US_ASCII));
		} catch (IOException e) {
			throw new UncheckedIOException("memory does not fail", e);
		}
		return bytes.toByteArray();
	}
}
