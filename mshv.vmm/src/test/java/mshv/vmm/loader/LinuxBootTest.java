package mshv.vmm.loader;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.vmm.memory.GuestRam;

class LinuxBootTest {
	private static final int MIB = 1 << 20;

	private final GuestRam ram = new GuestRam(16 * MIB);

	@AfterEach
	void close() {
		ram.close();
	}

	private Map<Register, RegisterValue> load(ByteBuffer image, byte[] initrd, String commandLine) throws LoadException {
		BootFile disk = initrd == null ? null : new BootFile("disk", initrd);
		return KernelLoader.load(ram, new BootRequest(new BootFile("vmlinuz", image.array()), disk, List.of(), commandLine, 0xE0000));
	}

	private void assertRefused(String message, LoadException.Reason reason, ByteBuffer image) {
		LoadException e = assertThrows(LoadException.class, () -> load(image, null, ""));
		assertEquals(message, e.getMessage());
		assertEquals(reason, e.reason());
	}

	@Test
	void aKernelIsEnteredInLongModeAtItsPreferredAddress() throws LoadException {
		Map<Register, RegisterValue> state = load(Images.bzImage(), null, "quiet");
		assertEquals(0x200200, state.get(Register.RIP).low());
		assertEquals(0x7000, state.get(Register.RSI).low());
		assertEquals(0x80000011L, state.get(Register.CR0).low());
		assertEquals(0x20, state.get(Register.CR4).low());
		assertEquals(0x500, state.get(Register.EFER).low());
		assertEquals(2, state.get(Register.RFLAGS).low());
		assertEquals(0x10, state.get(Register.CS).segmentSelector());
		assertEquals(0xA09B, state.get(Register.CS).segmentAttributes());
		assertEquals(0x18, state.get(Register.SS).segmentSelector());
		assertEquals(0x0100, ram.readValue(0x200200, 2));
		assertArrayEquals(new byte[] {0, 1, 2, 3}, ram.read(0x200000, 4));
	}

	@Test
	void theFirstFourGibibytesAreMappedToThemselves() throws LoadException {
		long root = load(Images.bzImage(), null, "").get(Register.CR3).low();
		for (long address : new long[] {0, 0x200200, 0xC0000000L, 0xFFE00000L}) {
			long pointers = ram.readValue(root + 8 * (address >>> 39), 8);
			assertEquals(3, pointers & 0xFFF);
			long directory = ram.readValue((pointers & ~0xFFFL) + 8 * (address >>> 30 & 511), 8);
			assertEquals(3, directory & 0xFFF);
			long entry = ram.readValue((directory & ~0xFFFL) + 8 * (address >>> 21 & 511), 8);
			assertEquals(address & -0x200000L | 0x83, entry);
		}
	}

	@Test
	void theDescriptorTableMatchesTheSegments() throws LoadException {
		Map<Register, RegisterValue> state = load(Images.bzImage(), null, "");
		long gdt = state.get(Register.GDTR).tableBase();
		assertEquals(0x00AF9B000000FFFFL, ram.readValue(gdt + 0x10, 8));
		assertEquals(0x00CF93000000FFFFL, ram.readValue(gdt + 0x18, 8));
		assertEquals(0x27, state.get(Register.GDTR).tableLimit());
	}

	@Test
	void theZeroPageTellsOfMemoryCommandLineDiskAndTables() throws LoadException {
		byte[] disk = new byte[5000];
		Arrays.fill(disk, (byte) 0x5A);
		load(Images.bzImage(), disk, "console=ttyS0");
		long page = 0x7000;
		assertEquals(0x53726448, ram.readValue(page + 0x202, 4));
		assertEquals(0xFF, ram.readValue(page + 0x210, 1));
		assertEquals(0xE0000, ram.readValue(page + 0x70, 8));
		long commandLine = ram.readValue(page + 0x228, 4);
		assertEquals("console=ttyS0\0", new String(ram.read(commandLine, 14), StandardCharsets.US_ASCII));
		long diskAddress = ram.readValue(page + 0x218, 4);
		assertEquals(5000, ram.readValue(page + 0x21C, 4));
		assertEquals(16 * MIB - 8192, diskAddress);
		assertArrayEquals(disk, ram.read(diskAddress, 5000));
		assertEquals(3, ram.readValue(page + 0x1E8, 1));
		assertEquals(0, ram.readValue(page + 0x2D0, 8));
		assertEquals(0x9FC00, ram.readValue(page + 0x2D8, 8));
		assertEquals(1, ram.readValue(page + 0x2E0, 4));
		assertEquals(2, ram.readValue(page + 0x2E4 + 16, 4));
		assertEquals(0x100000, ram.readValue(page + 0x2F8, 8));
		assertEquals(15 * MIB, ram.readValue(page + 0x300, 8));
	}

	@Test
	void aKernelThatDoesNotFitWhereItPrefersIsMovedDown() throws LoadException {
		ByteBuffer image = Images.bzImage().putLong(0x258, 0x1000000);
		assertEquals(0x200200, load(image, null, "").get(Register.RIP).low());
	}

	@Test
	void aKernelThatCannotMoveIsLoadedAtOneMebibyte() throws LoadException {
		ByteBuffer image = Images.bzImage().put(0x234, (byte) 0);
		assertEquals(0x100200, load(image, null, "").get(Register.RIP).low());
	}

	/** A bzImage with this payload at offset 0x400 of its kernel. */
	private static ByteBuffer packed(byte[] payload) {
		ByteBuffer image = Images.bzImage().putInt(0x248, 0x400).putInt(0x24C, payload.length);
		return image.put(Images.BZIMAGE_SETUP + 0x400, payload);
	}

	private static byte[] kernelProper() {
		return Images.elf64(0x200010, List.of(new Images.Load(1, 0x200000, 0xFFFFFFFF81000000L, new byte[64], 0x1000))).array();
	}

	private static byte[] gzip(byte[] content) throws IOException {
		ByteArrayOutputStream packed = new ByteArrayOutputStream();
		try (OutputStream out = new GZIPOutputStream(packed)) {
			out.write(content);
		}
		return packed.toByteArray();
	}

	/** A legacy frame of one block: the first 120 bytes as literals, then a match for the zeros, then the last bytes. */
	private static byte[] lz4(byte[] content) {
		ByteBuffer block = Images.buffer(512);
		int zeros = content.length - 120 - 5;
		block.put((byte) 0xFF).put((byte) (120 - 15)).put(content, 0, 120).putShort((short) 1).put((byte) (zeros - 4 - 15));
		block.put((byte) 0x50).put(content, content.length - 5, 5);
		int size = block.position();
		return Images.buffer(8 + size + 4).putInt(0x184C2102).putInt(size).put(block.array(), 0, size).putInt(content.length).array();
	}

	@Test
	void theKernelProperIsUnpackedIfThatIsPossible() throws Exception {
		byte[] kernel = kernelProper();
		for (byte[] payload : List.of(gzip(kernel), lz4(kernel))) {
			Map<Register, RegisterValue> state = load(packed(payload), null, "");
			assertEquals(0x200010, state.get(Register.RIP).low());
			assertEquals(0x20F, ram.readValue(state.get(Register.RSI).low() + 0x206, 2));
			assertEquals(0, ram.readValue(0x200000, 8));
		}
	}

	@Test
	void aPayloadThatCannotBeUnpackedIsLeftToTheGuest() throws Exception {
		byte[] kernel = kernelProper();
		byte[] good = lz4(kernel);
		Random random = new Random(4);
		for (int round = 0; round < 2000; round++) {
			byte[] bad = good.clone();
			bad[random.nextInt(4)] ^= (byte) (1 + random.nextInt(255));
			assertEquals(0x200200, load(packed(bad), null, "").get(Register.RIP).low());
		}
		for (int round = 0; round < 2000; round++) {
			byte[] bad = good.clone();
			bad[random.nextInt(bad.length)] ^= (byte) (1 + random.nextInt(255));
			load(packed(bad), null, "");
		}
		assertEquals(0x200200, load(packed("not packed at all".getBytes(StandardCharsets.US_ASCII)), null, "").get(Register.RIP).low());
		assertEquals(0x200200, load(packed(good).putInt(0x24C, -1), null, "").get(Register.RIP).low());
	}

	@Test
	void badImagesAreRefusedWithWhatIsWrongWithThem() {
		assertRefused("vmlinuz: boot protocol 2.11, expected 2.12 or later, which has a 64-bit entry", LoadException.Reason.PROTOCOL,
			Images.bzImage().putShort(0x206, (short) 0x20B));
		assertRefused("vmlinuz: a 32-bit kernel (xloadflags 0x3e without XLF_KERNEL_64), expected one with the 64-bit entry",
			LoadException.Reason.IMAGE, Images.bzImage().putShort(0x236, (short) 0x3E));
		assertRefused("vmlinuz: truncated: 5632 bytes, the header tells of 5648", LoadException.Reason.TRUNCATED,
			Images.bzImage().putInt(0x1F4, 0x101));
		assertRefused("vmlinuz: truncated: 600 bytes, less than the setup header", LoadException.Reason.TRUNCATED,
			ByteBuffer.wrap(Arrays.copyOf(Images.bzImage().array(), 600)));
		assertRefused("vmlinuz: preferred address 0xffffffffffffffff, expected 1 MiB to 3 GiB", LoadException.Reason.IMAGE,
			Images.bzImage().putLong(0x258, -1));
		assertRefused("vmlinuz: the kernel needs memory up to 0x1200000, the machine has 16 MiB", LoadException.Reason.MEMORY,
			Images.bzImage().putInt(0x260, 0x1000000));
	}

	@Test
	void filesThatAreNoKernelsAreRefused() {
		assertRefused("vmlinuz: the file is empty", LoadException.Reason.IMAGE, ByteBuffer.allocate(0));
		assertRefused("vmlinuz: not a kernel: expected a bzImage, an ELF file or a multiboot header in the first 8 KiB",
			LoadException.Reason.IMAGE, ByteBuffer.wrap("#!/bin/sh\n".getBytes(StandardCharsets.US_ASCII)));
	}

	@Test
	void aCommandLineMayBeAsLongAsTheKernelTakes() throws LoadException {
		load(Images.bzImage().putInt(0x238, 8), null, "12345678");
		LoadException e = assertThrows(LoadException.class, () -> load(Images.bzImage().putInt(0x238, 8), null, "123456789"));
		assertEquals("the command line has 9 bytes, the kernel takes 8", e.getMessage());
		assertEquals(LoadException.Reason.COMMAND_LINE, e.reason());
	}

	@Test
	void aDiskThatDoesNotFitIsRefused() {
		LoadException e = assertThrows(LoadException.class, () -> load(Images.bzImage(), new byte[14 * MIB], ""));
		assertEquals("disk: an initial RAM disk of 14680064 bytes does not fit between the kernel's end at 0x210000 and 0x1000000",
			e.getMessage());
	}

	@Test
	void noImageBreaksTheLoaderWhateverItsHeaderSays() {
		Random random = new Random(1);
		for (int round = 0; round < 5000; round++) {
			ByteBuffer image = Images.bzImage();
			for (int i = 0; i < 4; i++) {
				image.put(0x1F1 + random.nextInt(0x80), (byte) random.nextInt());
			}
			try {
				load(image, new byte[100], "x");
			} catch (LoadException e) {
				assertEquals(-1, e.getMessage().indexOf('\n'));
			}
		}
	}
}
