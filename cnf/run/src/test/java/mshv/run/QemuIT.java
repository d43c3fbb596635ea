package mshv.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Debian's QEMU boots Debian's kernel and powers off. The environment names what this machine need not have: {@code MSHV_QEMU} a QEMU with
 * {@code -accel mshv}, {@code MSHV_QEMU_KERNEL} and {@code MSHV_QEMU_INITRD} a kernel and an initrd that powers off for the word poweroff.
 */
@EnabledIfEnvironmentVariable(named = "MSHV_QEMU", matches = ".+")
class QemuIT {
	@TempDir
	Path directory;

	@ParameterizedTest
	@ValueSource(strings = {"microvm -smp 1", "q35 -smp 1", "q35 -smp 2",
		"q35 -smp 1 -object memory-backend-memfd,id=m,size=512M,share=on -machine memory-backend=m"})
	void theKernelBootsAndPowersOff(String machine) throws Exception {
		Path out = directory.resolve("out");
		List<String> command = new ArrayList<>(List.of("../../mshv", "exec", System.getenv("MSHV_QEMU"), "-accel", "mshv",
			"-m", "512", "-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio",
			"-kernel", System.getenv("MSHV_QEMU_KERNEL"), "-initrd", System.getenv("MSHV_QEMU_INITRD"),
			"-append", "console=ttyS0 earlyprintk=ttyS0 poweroff", "-M"));
		command.addAll(List.of(machine.split(" ")));
		Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
		try {
			assertTrue(process.waitFor(10, TimeUnit.MINUTES), () -> "still running: " + out);
		} finally {
			process.destroyForcibly();
		}
		String said = Files.readString(out);
		assertTrue(said.contains("INIT-MARKER"), said);
		assertTrue(said.contains("reboot: Power down"), said);
		assertEquals(0, process.exitValue(), said);
	}
}
