package mshv.shell.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;

import mshv.shell.demo.CpioReader.Entry;

class InitramfsTest {
	private final byte[] busybox = {0x7f, 'E', 'L', 'F'};
	private final List<Entry> entries = CpioReader.read(Initramfs.of(busybox));

	private Entry find(String name) {
		return entries.stream().filter(entry -> entry.name().equals(name)).findFirst().orElseThrow();
	}

	@Test
	void busyboxAndInitCanBeExecuted() {
		assertArrayEquals(busybox, find("bin/busybox").data());
		assertEquals(0_100755, find("bin/busybox").mode());
		assertEquals(0_100755, find("init").mode());
		assertTrue(find("init").text().startsWith("#!/bin/busybox sh\n"));
	}

	@Test
	void theConsoleIsThereBeforeInitMountsAnything() {
		Entry console = find("dev/console");
		assertEquals(List.of(0_020600, 5, 1), List.of(console.mode(), console.major(), console.minor()));
	}

	@Test
	void aDirectoryComesBeforeWhatIsInIt() {
		List<String> names = entries.stream().map(Entry::name).toList();
		for (String name : names) {
			int slash = name.lastIndexOf('/');
			assertTrue(slash < 0 || names.subList(0, names.indexOf(name)).contains(name.substring(0, slash)), name);
		}
	}
}
