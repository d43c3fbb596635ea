package mshv.vmm.loader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.vmm.loader.Images.Load;
import mshv.vmm.memory.GuestRam;

class ElfBootTest {
	private static final byte[] CODE = {1, 2, 3, 4};

	private final GuestRam ram = new GuestRam(8 << 20);

	@AfterEach
	void close() {
		ram.close();
	}

	private Map<Register, RegisterValue> load(ByteBuffer image) throws LoadException {
		return KernelLoader.load(ram,
			new BootRequest(new BootFile("vmlinux", image.array()), new BootFile("disk", CODE), List.of(), "a=b", 0xE0000));
	}

	private void assertRefused(String message, ByteBuffer image) {
		assertEquals(message, assertThrows(LoadException.class, () -> load(image)).getMessage());
	}

	@Test
	void segmentsAreCopiedAndTheirRestIsCleared() throws LoadException {
		ram.writeValue(0x200004, 8, -1);
		load(Images.elf64(0x200000, List.of(new Load(1, 0x200000, 0x200000, CODE, 8))));
		assertArrayEquals(new byte[] {1, 2, 3, 4, 0, 0, 0, 0, -1}, ram.read(0x200000, 9));
	}

	@Test
	void aKernelWithoutANoteIsEnteredInLongModeWithTheZeroPage() throws LoadException {
		Map<Register, RegisterValue> state = load(
			Images.elf64(0xFFFFFFFF81000002L, List.of(new Load(1, 0x200000, 0xFFFFFFFF81000000L, CODE, 4))));
		assertEquals(0x200002, state.get(Register.RIP).low());
		assertEquals(0x80000011L, state.get(Register.CR0).low());
		long page = state.get(Register.RSI).low();
		assertEquals(0x53726448, ram.readValue(page + 0x202, 4));
		assertEquals(4, ram.readValue(page + 0x21C, 4));
	}

	@Test
	void aKernelWithThePvhNoteIsEnteredWithoutPaging() throws LoadException {
		Map<Register, RegisterValue> state = load(Images.elf64(0x200000,
			List.of(new Load(1, 0x200000, 0x200000, CODE, 4), new Load(4, 0, 0, Images.pvhNote(0x200003), 20))));
		assertEquals(0x200003, state.get(Register.RIP).low());
		assertEquals(0x11, state.get(Register.CR0).low());
		assertEquals(0, state.get(Register.EFER).low());
		assertEquals(0xC09B, state.get(Register.CS).segmentAttributes());
		long info = state.get(Register.RBX).low();
		assertEquals(0x336EC578, ram.readValue(info, 4));
		assertEquals(1, ram.readValue(info + 4, 4));
		assertEquals(1, ram.readValue(info + 12, 4));
		long module = ram.readValue(info + 16, 8);
		assertArrayEquals(CODE, ram.read(ram.readValue(module, 8), (int) ram.readValue(module + 8, 8)));
		assertEquals("a=b\0", new String(ram.read(ram.readValue(info + 24, 8), 4), StandardCharsets.US_ASCII));
		assertEquals(0xE0000, ram.readValue(info + 32, 8));
		long map = ram.readValue(info + 40, 8);
		assertEquals(3, ram.readValue(info + 48, 4));
		assertEquals(0x100000, ram.readValue(map + 48, 8));
		assertEquals(7 << 20, ram.readValue(map + 56, 8));
	}

	@Test
	void badFilesAreRefusedWithWhatIsWrongWithThem() {
		Load good = new Load(1, 0x200000, 0x200000, CODE, 4);
		assertRefused("vmlinux: ELF for machine 183, expected 62 (x86-64)", Images.elf64(0x200000, List.of(good)).putShort(18,
			(short) 183));
		assertRefused("vmlinux: ELF data encoding 2, expected 1 (little-endian)", Images.elf64(0x200000, List.of(good)).put(5, (byte) 2));
		assertRefused("vmlinux: ELF type 1, expected 2 (executable)", Images.elf64(0x200000, List.of(good)).putShort(16, (short) 1));
		assertRefused("vmlinux: the segment at 0x200002 overlaps the one before it, which ends at 0x200004",
			Images.elf64(0x200000, List.of(good, new Load(1, 0x200002, 0, CODE, 4))));
		assertRefused("vmlinux: the entry point 0x300000 is in none of the segments", Images.elf64(0x300000, List.of(good)));
		assertRefused("vmlinux: truncated: segment 0 has 400 bytes at offset 0x78, but the file has 124 bytes",
			Images.elf64(0x200000, List.of(good)).putLong(64 + 32, 400));
		assertRefused("vmlinux: segment 0 has 0x2 bytes in memory at 0x200000, but 0x4 in the file",
			Images.elf64(0x200000, List.of(new Load(1, 0x200000, 0x200000, CODE, 2))));
		assertRefused("vmlinux: a segment needs memory from 0x700000 to 0x900000, the machine has 8 MiB",
			Images.elf64(0x700000, List.of(new Load(1, 0x700000, 0x700000, CODE, 0x200000))));
		assertRefused("vmlinux: loads to 0x7000 to 0x7004, where the boot structures are (0x0 to 0x30000)",
			Images.elf64(0x7000, List.of(new Load(1, 0x7000, 0x7000, CODE, 4))));
		assertRefused("vmlinux: the ELF file has no program headers", Images.elf64(0, List.of()));
		assertRefused("vmlinux: a 32-bit ELF file without a multiboot header or a PVH entry, so it cannot be entered",
			Images.elf32(0x200000, 0x200000, CODE, 4));
	}

	@Test
	void noFileBreaksTheLoaderWhateverItsHeadersSay() {
		Random random = new Random(2);
		for (int round = 0; round < 5000; round++) {
			ByteBuffer image = Images.elf64(0x200000,
				List.of(new Load(1, 0x200000, 0x200000, CODE, 4), new Load(4, 0, 0, Images.pvhNote(0x200003), 20)));
			for (int i = 0; i < 3; i++) {
				image.put(4 + random.nextInt(image.capacity() - 4), (byte) random.nextInt());
			}
			try {
				load(image);
			} catch (LoadException e) {
				assertEquals(-1, e.getMessage().indexOf('\n'));
			}
		}
	}
}
