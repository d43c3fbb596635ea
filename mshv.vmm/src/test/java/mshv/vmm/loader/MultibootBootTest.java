package mshv.vmm.loader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.vmm.memory.GuestRam;

class MultibootBootTest {
	private final GuestRam ram = new GuestRam(8 << 20);

	@AfterEach
	void close() {
		ram.close();
	}

	private Map<Register, RegisterValue> load(ByteBuffer image, String commandLine, BootFile... modules) throws LoadException {
		return KernelLoader.load(ram, new BootRequest(new BootFile("a test.flat", image.array()), null, List.of(modules), commandLine, 0));
	}

	private void assertRefused(String message, ByteBuffer image) {
		assertEquals(message, assertThrows(LoadException.class, () -> load(image, "")).getMessage());
	}

	private String text(long address) {
		StringBuilder text = new StringBuilder();
		for (long at = address; ram.readValue(at, 1) != 0; at++) {
			text.append((char) ram.readValue(at, 1));
		}
		return text.toString();
	}

	/** A flat image: header at offset 16, loaded with its first byte at 1 MiB, with some memory after it. */
	private static ByteBuffer flat() {
		ByteBuffer image = Images.buffer(64);
		image.put(16, Images.multibootHeader(1 << 16));
		image.putInt(28, 0x100010).putInt(32, 0x100000).putInt(36, 0x100040).putInt(40, 0x100100).putInt(44, 0x100030);
		return image.put(0x30, (byte) 0xF4);
	}

	@Test
	void anElfKernelIsEnteredWithTheMagicAndTheInfoBlock() throws LoadException {
		Map<Register, RegisterValue> state = load(Images.elf32(0x400004, 0x400000, Images.multibootHeader(0), 0x1000), "one two");
		assertEquals(0x400004, state.get(Register.RIP).low());
		assertEquals(0x2BADB002, state.get(Register.RAX).low());
		assertEquals(0x11, state.get(Register.CR0).low());
		assertEquals(0xFFFFFFFFL, state.get(Register.DS).segmentLimit());
		long info = state.get(Register.RBX).low();
		assertEquals(0x24D, ram.readValue(info, 4));
		assertEquals(639, ram.readValue(info + 4, 4));
		assertEquals(7 << 10, ram.readValue(info + 8, 4));
		assertEquals("a_test.flat one two", text(ram.readValue(info + 16, 4)));
		assertEquals(0, ram.readValue(info + 20, 4));
		assertEquals(72, ram.readValue(info + 44, 4));
		long map = ram.readValue(info + 48, 4);
		assertEquals(20, ram.readValue(map, 4));
		assertEquals(0x9FC00, ram.readValue(map + 12, 8));
		assertEquals(1, ram.readValue(map + 20, 4));
	}

	@Test
	void modulesFollowTheKernelOnPagesOfTheirOwn() throws LoadException {
		byte[] environment = "NR_CPUS=1\n".getBytes(StandardCharsets.US_ASCII);
		long info = load(Images.elf32(0x400004, 0x400000, Images.multibootHeader(1), 0x1234), "", new BootFile("env", environment),
			new BootFile("more", new byte[] {9})).get(Register.RBX).low();
		assertEquals(2, ram.readValue(info + 20, 4));
		long list = ram.readValue(info + 24, 4);
		assertEquals(0x402000, ram.readValue(list, 4));
		assertEquals(0x402000 + environment.length, ram.readValue(list + 4, 4));
		assertEquals("env", text(ram.readValue(list + 8, 4)));
		assertArrayEquals(environment, ram.read(0x402000, environment.length));
		assertEquals(0x403000, ram.readValue(list + 16, 4));
	}

	@Test
	void aFlatImageIsLoadedAsItsHeaderSays() throws LoadException {
		ram.writeValue(0x1000F8, 8, -1);
		Map<Register, RegisterValue> state = load(flat(), "");
		assertEquals(0x100030, state.get(Register.RIP).low());
		assertEquals(0xF4, ram.readValue(0x100030, 1));
		assertEquals(0, ram.readValue(0x1000F8, 8));
	}

	@Test
	void badHeadersAreRefusedWithWhatIsWrongWithThem() {
		assertRefused("a test.flat: the multiboot header requires 0x4 (video), expected no more than 0x3",
			Images.elf32(0x400004, 0x400000, Images.multibootHeader(4), 0x1000));
		assertRefused("a test.flat: bad multiboot header: load address 0x100020 with the header at 0x100010, offset 0x10",
			flat().putInt(32, 0x100020));
		assertRefused("a test.flat: bad multiboot header: loads 0x100000 to 0x200000, but the file has 0x40 bytes for it",
			flat().putInt(36, 0x200000));
		assertRefused("a test.flat: the entry point 0xfffffff0 is not in the machine's memory", flat().putInt(44, -16));
		assertRefused("a test.flat: a multiboot kernel that is no ELF file needs load addresses, its flags 0x0 have none",
			Images.buffer(64).put(16, Images.multibootHeader(0)));
		assertRefused("a test.flat: the kernel needs memory from 0x100000 to 0xf0000000, the machine has 8 MiB",
			flat().putInt(40, 0xF0000000));
	}

	@Test
	void aHeaderWithABadChecksumIsNone() {
		assertEquals(-1, MultibootBoot.findHeader(flat().putInt(24, 1).array()));
	}
}
