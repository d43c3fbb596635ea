package mshv.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import mshv.shell.demo.Initramfs;

/** Debian's QEMU, which knows nothing of this project, boots Debian's kernel through the gateway. Without a network {@link Qemu} tells. */
class QemuIT {
	private static final long DISK_SIZE = 64L << 20;

	@TempDir
	static Path shared;
	private static Qemu qemu;

	@TempDir
	Path directory;

	@BeforeAll
	static void find() throws Exception {
		qemu = Qemu.find(shared);
	}

	@Test
	void aMachineWithTwoProcessorsBootsPausesResumesAndPowersOff() throws Exception {
		Path disk = Files.createFile(directory.resolve("disk"));
		try (var file = Files.newByteChannel(disk, StandardOpenOption.WRITE)) {
			file.position(DISK_SIZE - 1).write(ByteBuffer.allocate(1));
		}
		try (QemuMachine machine = qemu.start(directory, List.of("-M", "q35", "-smp", "2",
				"-drive", "if=virtio,format=raw,file=" + disk, "-nic", "user,model=virtio-net-pci"), "")) {
			machine.await(Initramfs.PROMPT);
			assertEquals("0000000000000000", machine.status("CapEff"));
			machine.monitor("stop");
			assertTrue(machine.monitor("query-status").contains("\"paused\""));
			machine.type("nproc; cat /sys/bus/pci/devices/*/device");
			machine.monitor("cont");
			assertTrue(machine.monitor("query-status").contains("\"running\""));
			machine.await("\n2\r\n");
			machine.await(Initramfs.PROMPT);
			machine.type("poweroff");
			assertEquals(0, machine.end(), machine::toString);
			assertTrue(machine.toString().contains("reboot: Power down"), machine::toString);
		}
	}

	/** Its serial port interrupts by level, which this QEMU gets one of: only the kernel, which polls, can be read. */
	@Test
	void aMachineWithoutPciBootsAndPowersOff() throws Exception {
		try (QemuMachine machine = qemu.start(directory, List.of("-M", "microvm"), "rdinit=/bin/busybox -- poweroff -f")) {
			assertEquals(0, machine.end(), machine::toString);
			assertTrue(machine.toString().contains("reboot: Power down"), machine::toString);
		}
	}
}
