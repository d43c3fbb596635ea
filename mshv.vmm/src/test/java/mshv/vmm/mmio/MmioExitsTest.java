package mshv.vmm.mmio;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.Translation;
import mshv.api.abi.RegisterPage;
import mshv.fake.FakeProcessor;
import mshv.fake.Intercepts;
import mshv.vmm.cpu.LinearMemory;
import mshv.vmm.cpu.RegisterFile;
import mshv.vmm.device.DeviceMemory;
import mshv.vmm.device.MmioBus;
import mshv.vmm.memory.GuestRam;

/** RBX points at 256 bytes of device memory at guest-physical 0xF0000000, seen at linear 0x40000000. */
class MmioExitsTest {
	private static final long DEVICE = 0xF0000000L;
	private static final long LINEAR = 0x40000000L;
	private static final long RIP = 0x1000;

	private final GuestRam ram = new GuestRam(1 << 20);
	private final MmioBus devices = new MmioBus();
	private FakeProcessor processor;

	@BeforeEach
	void open() {
		devices.add(new DeviceMemory(0x2000), DEVICE, 0x2000);
		use(FakeProcessor.idle(true));
	}

	private void use(FakeProcessor other) {
		processor = other;
		processor.pages.put(LINEAR >>> 12, DEVICE >>> 12);
		processor.pages.put((LINEAR >>> 12) + 1, (DEVICE >>> 12) + 1);
		processor.devices.add(LINEAR >>> 12);
		processor.devices.add((LINEAR >>> 12) + 1);
		set(Register.RIP, RIP);
		set(Register.RBX, LINEAR);
		set(Register.RFLAGS, 2);
	}

	@AfterEach
	void close() {
		ram.close();
	}

	private void set(Register register, long value) {
		processor.setRegister(register, value);
	}

	private long get(Register register) {
		return processor.getRegister(register);
	}

	private void execute(String hex) throws EmulationException {
		byte[] code = HexFormat.of().parseHex(hex.replace(" ", ""));
		execute(Intercepts.header(0, false, RIP), code);
	}

	private void execute(Intercept.Header header, byte[] code) throws EmulationException {
		new MmioExits(new RegisterFile(processor), new LinearMemory(processor, ram, devices))
			.handle(new Intercept.Memory(header, false, LINEAR, true, DEVICE, code));
	}

	/** Forms in 64-bit mode: RAX and the eight bytes of the device before and after; RIP advances by the length. */
	@ParameterizedTest
	@CsvSource({
		// MOV
		"89 03, 1122334455667788, ffffffffffffffff, 1122334455667788, ffffffff55667788",
		"48 89 03, 1122334455667788, 0, 1122334455667788, 1122334455667788",
		"66 89 03, 1122334455667788, 0, 1122334455667788, 7788",
		"88 03, 1122334455667788, 0, 1122334455667788, 88",
		"88 23, 1122334455667788, 0, 1122334455667788, 77",
		"8b 03, ffffffffffffffff, 1122334455667788, 55667788, 1122334455667788",
		"48 8b 03, 0, 1122334455667788, 1122334455667788, 1122334455667788",
		"66 8b 03, ffffffffffffffff, 1122334455667788, ffffffffffff7788, 1122334455667788",
		"8a 23, 0, 88, 8800, 88",
		"c7 03 78 56 34 82, 0, ffffffffffffffff, 0, ffffffff82345678",
		"48 c7 03 78 56 34 82, 0, 0, 0, ffffffff82345678",
		"66 c7 03 34 12, 0, 0, 0, 1234",
		"c6 03 80, 0, 0, 0, 80",
		"48 a1 00 00 00 40 00 00 00 00, 0, 1122334455667788, 1122334455667788, 1122334455667788",
		"a2 00 00 00 40 00 00 00 00, 99, 0, 99, 99",
		"67 a1 00 00 00 40, 0, 1122334455667788, 55667788, 1122334455667788",
		"0f c3 03, 1122334455667788, 0, 1122334455667788, 55667788",
		// with extension
		"0f b6 03, ffffffffffffffff, 1122334455667788, 88, 1122334455667788",
		"0f b7 03, ffffffffffffffff, 1122334455667788, 7788, 1122334455667788",
		"0f be 03, 0, 88, ffffff88, 88",
		"48 0f be 03, 0, 88, ffffffffffffff88, 88",
		"48 0f bf 03, 0, 8788, ffffffffffff8788, 8788",
		"66 0f be 03, 0, 88, ff88, 88",
		"48 63 03, 0, 80000001, ffffffff80000001, 80000001",
		// arithmetic
		"01 03, 1, ffffffff, 1, 0",
		"48 29 03, 1, 0, 1, ffffffffffffffff",
		"23 03, ff0f, 1234, 1204, 1234",
		"83 0b 80, 0, 1, 0, ffffff81",
		"80 23 0f, 0, ff, 0, f",
		"81 33 ff 00 00 00, 0, f0f0, 0, f00f",
		"fe 03, 0, ff, 0, 0",
		"48 ff 0b, 0, 0, 0, ffffffffffffffff",
		"f7 13, 0, 1, 0, fffffffe",
		"f6 1b, 0, 1, 0, ff",
		"c1 23 04, 0, 11, 0, 110",
		"0f af 03, 7, 6, 2a, 6",
		// exchange
		"86 03, 1234, 56, 1256, 34",
		"48 87 03, 1, 2, 2, 1",
		"0f c1 03, 3, 4, 4, 7",
		"0f b1 0b, 4, 4, 4, 0",
		// condition and bits
		"0f 94 03, 0, ff, 0, 0",
		"0f 45 03, 1, 2, 2, 2",
		"0f ba 2b 05, 0, 0, 0, 20",
		"0f bc 03, 0, 40, 6, 40",
	})
	void formsThatDriversUseOnDeviceMemoryAreCarriedOut(String code, String rax, String memory, String raxAfter, String memoryAfter)
			throws EmulationException {
		set(Register.RAX, Long.parseUnsignedLong(rax, 16));
		devices.write(DEVICE, 8, Long.parseUnsignedLong(memory, 16));
		execute(code);
		assertEquals(raxAfter, Long.toHexString(get(Register.RAX)));
		assertEquals(memoryAfter, Long.toHexString(devices.read(DEVICE, 8)));
		assertEquals(RIP + code.replace(" ", "").length() / 2, get(Register.RIP));
	}

	@Test
	void anEventThatIsDeliveredThroughDeviceMemoryIsNotTakenForTheInstruction() {
		Intercept.Header header = new Intercept.Header(0, 0, 0, 1, Intercepts.LONG_MODE | 1 << 6, Intercepts.CODE_64, RIP, 2);
		assertThrows(EmulationException.class, () -> execute(header, new byte[] {(byte) 0x88, 0x03}));
		assertEquals(0, devices.read(DEVICE, 8));
		assertEquals(RIP, get(Register.RIP));
	}

	/** Addressing in 64-bit mode: each reads the byte at the offset into AL. */
	@ParameterizedTest
	@CsvSource({"8a 43 10, 10", "8a 83 00 01 00 00, 100", "8a 04 1e, 20", "8a 04 73, 40", "8a 44 b3 01, 81", "41 8a 00, 30",
		"43 8a 04 88, 38", "8a 05 fa 0f 00 00, 2000", "8a 04 25 50 00 00 40, 50", "64 8a 03, 7", "65 8a 43 01, 8", "67 8a 03, 0",
			"3e 8a 03, 0"})
	void operandsAreFoundAsAddressesSay(String code, String offset) throws EmulationException {
		set(Register.RSI, 0x20);
		set(Register.R8, LINEAR + 0x30);
		set(Register.R9, 2);
		processor.registerPage().set(JAVA_LONG, RegisterPage.ES + 16 * 4, 7L);
		processor.registerPage().set(JAVA_LONG, RegisterPage.ES + 16 * 5, 7L);
		ram.writeValue(0x2000, 1, 0xA5);
		int at = Integer.parseInt(offset, 16);
		if (at < 0x2000) {
			devices.write(DEVICE + at, 1, 0xA5);
		}
		execute(code);
		assertEquals(0xA5, get(Register.RAX));
	}

	@Test
	void flagsAreThoseOfTheOperation() throws EmulationException {
		devices.write(DEVICE, 4, 0x80000000L);
		set(Register.RAX, 0x80000000L);
		execute("03 03");
		assertEquals(0x2 | 1 | 4 | 0x40 | 0x800, get(Register.RFLAGS));
		execute("83 3b 01");
		assertEquals(0x2 | 0x800 | 0x10 | 4, get(Register.RFLAGS));
		execute("f7 03 00 00 00 80");
		assertEquals(0x2 | 0x80 | 4, get(Register.RFLAGS));
		set(Register.RFLAGS, 3);
		execute("ff 03");
		assertEquals(0x2 | 1 | 0x80, get(Register.RFLAGS));
	}

	@Test
	void protectedAndRealModeUseTheirSegments() throws EmulationException {
		Intercept.Header in32 = new Intercept.Header(0, 0, 0, 0, 2, Intercepts.CODE_32, RIP, 2);
		devices.write(DEVICE + 0x18, 4, 0x12345678);
		processor.registerPage().set(JAVA_LONG, RegisterPage.ES + 16 * 3, 8L);
		execute(in32, HexFormat.of().parseHex("a110000040"));
		assertEquals(0x12345678, get(Register.RAX));
		Intercept.Header in16 = new Intercept.Header(0, 0, 0, 0, 0, Intercepts.CODE_16, RIP, 2);
		processor.registerPage().set(JAVA_LONG, RegisterPage.ES + 16 * 3, LINEAR);
		set(Register.RBX, 0xFFFF0010L);
		set(Register.RSI, 4);
		set(Register.RIP, RIP);
		execute(in16, HexFormat.of().parseHex("8b4004"));
		assertEquals(0x12345678 & 0xFFFF, get(Register.RAX) & 0xFFFF);
		assertEquals(RIP + 3, get(Register.RIP));
	}

	@ParameterizedTest
	@ValueSource(booleans = {true, false})
	void repeatedStoresFillDeviceMemoryInChunks(boolean shared) throws EmulationException {
		use(FakeProcessor.idle(shared));
		set(Register.RAX, 0x0102030405060708L);
		set(Register.RCX, 1025);
		set(Register.RDI, LINEAR);
		execute("f3 aa");
		assertEquals(1, get(Register.RCX));
		assertEquals(LINEAR + 1024, get(Register.RDI));
		assertEquals(RIP, get(Register.RIP));
		execute("f3 aa");
		assertEquals(0, get(Register.RCX));
		assertEquals(RIP + 2, get(Register.RIP));
		assertEquals(0x08, devices.read(DEVICE + 1024, 8));
	}

	@Test
	void memoryIsMovedBetweenRamAndDevices() throws EmulationException {
		ram.write(0x3000, "Hello, device".getBytes(StandardCharsets.US_ASCII));
		set(Register.RSI, 0x3000);
		set(Register.RDI, LINEAR + 0xFFC);
		set(Register.RCX, 13);
		execute("f3 a4");
		assertEquals(0x6C6C6548, devices.read(DEVICE + 0xFFC, 4));
		assertEquals(0x65636976, devices.read(DEVICE + 0xFFC + 9, 4));
	}

	@Test
	void comparisonsStopAtTheFirstDifference() throws EmulationException {
		ram.write(0x3000, new byte[] {0, 0, 0, 7});
		set(Register.RSI, 0x3000);
		set(Register.RDI, LINEAR);
		set(Register.RCX, 10);
		execute("f3 a6");
		assertEquals(6, get(Register.RCX));
		assertEquals(0, get(Register.RFLAGS) & 0x40);
		set(Register.RIP, RIP);
		set(Register.RAX, 0);
		set(Register.RDI, LINEAR);
		set(Register.RCX, 10);
		execute("f2 ae");
		assertEquals(9, get(Register.RCX));
		assertEquals(LINEAR + 1, get(Register.RDI));
	}

	@Test
	void aPageFaultLeavesTheInstructionAsIfNotBegun() throws EmulationException {
		processor.faults.put(3L, Translation.Result.PRIVILEGE_VIOLATION);
		set(Register.RSI, LINEAR);
		set(Register.RDI, 0x3008);
		execute("48 a5");
		assertEquals(RIP, get(Register.RIP));
		assertEquals(0x3008, get(Register.RDI));
		assertEquals(new RegisterValue(0x3_000E0101L, 0x3008), processor.registers.get(Register.PENDING_EVENT0));
	}

	@Test
	void anAccessAcrossPagesReachesBoth() throws EmulationException {
		set(Register.RBX, LINEAR + 0xFFE);
		set(Register.RAX, 0x44332211);
		execute("89 03");
		assertEquals(0x2211, devices.read(DEVICE + 0xFFE, 2));
		assertEquals(0x4433, devices.read(DEVICE + 0x1000, 2));
		execute("8b 0b");
		assertEquals(0x44332211, get(Register.RCX));
	}

	@Test
	void vectorRegistersAreMoved() throws EmulationException {
		processor.registers.put(Register.XMM9, new RegisterValue(0x1111, 0x2222));
		execute("66 44 0f 7f 0b");
		assertEquals(0x1111, devices.read(DEVICE, 8));
		assertEquals(0x2222, devices.read(DEVICE + 8, 8));
		execute("0f 10 13");
		assertEquals(new RegisterValue(0x1111, 0x2222), processor.registers.get(Register.XMM2));
		execute("f3 0f 7e 1b");
		assertEquals(new RegisterValue(0x1111, 0), processor.registers.get(Register.XMM3));
	}

	@Test
	void theStackMayBeInDeviceMemory() throws EmulationException {
		set(Register.RSP, LINEAR + 0x20);
		set(Register.R9, 0x99);
		execute("41 51");
		assertEquals(LINEAR + 0x18, get(Register.RSP));
		assertEquals(0x99, devices.read(DEVICE + 0x18, 8));
		execute("8f 03");
		assertEquals(LINEAR + 0x20, get(Register.RSP));
		assertEquals(0x99, devices.read(DEVICE, 8));
	}

	@Test
	void framesAndReturnsUseAStackInDeviceMemory() throws EmulationException {
		set(Register.RSP, LINEAR + 0x40);
		set(Register.RBP, 0x1234);
		execute("c8 10 00 00");
		assertEquals(LINEAR + 0x38, get(Register.RBP));
		assertEquals(LINEAR + 0x28, get(Register.RSP));
		execute("c9");
		assertEquals(0x1234, get(Register.RBP));
		assertEquals(LINEAR + 0x40, get(Register.RSP));
		devices.write(DEVICE + 0x40, 8, 0x7700);
		execute("c3");
		assertEquals(0x7700, get(Register.RIP));
		assertEquals(LINEAR + 0x48, get(Register.RSP));
		devices.write(DEVICE, 8, 0x8800);
		execute("ff 13");
		assertEquals(0x8800, get(Register.RIP));
		assertEquals(0x7702, devices.read(DEVICE + 0x40, 8));
		devices.write(DEVICE, 8, 0x8000_0000_0000L);
		execute("ff 23");
		assertEquals(0x8800, get(Register.RIP));
		assertEquals(new RegisterValue(0xD0101, 0), processor.registers.get(Register.PENDING_EVENT0));
	}

	@ParameterizedTest
	@CsvSource({"48 f7 33, 64, 0, 7, e, 2", "f7 3b, ffffffffffffff9c, ffffffffffffffff, 7, fffffff2, fffffffe",
		"48 f7 33, 0, 1, ffffffffffffffff, 1, 1", "66 f7 33, 10005, 1, 2, 18002, 1"})
	void divisionByDeviceMemoryGivesQuotientAndRemainder(String code, String rax, String rdx, String divisor, String quotient,
			String remainder) throws EmulationException {
		set(Register.RAX, Long.parseUnsignedLong(rax, 16));
		set(Register.RDX, Long.parseUnsignedLong(rdx, 16));
		devices.write(DEVICE, 8, Long.parseUnsignedLong(divisor, 16));
		execute(code);
		assertEquals(quotient, Long.toHexString(get(Register.RAX)));
		assertEquals(remainder, Long.toHexString(get(Register.RDX)));
	}

	@ParameterizedTest
	@CsvSource({"48 f7 33, 5, 0, 0", "48 f7 33, 0, 1, 1", "f6 3b, 80, 0, 1"})
	void aQuotientThatDoesNotFitIsADivideError(String code, String rax, String rdx, String divisor) throws EmulationException {
		set(Register.RAX, Long.parseUnsignedLong(rax, 16));
		set(Register.RDX, Long.parseUnsignedLong(rdx, 16));
		devices.write(DEVICE, 8, Long.parseUnsignedLong(divisor, 16));
		execute(code);
		assertEquals(RIP, get(Register.RIP));
		assertEquals(new RegisterValue(1, 0), processor.registers.get(Register.PENDING_EVENT0));
	}

	@Test
	void segmentsAreLoadedFromTheirDescriptors() throws EmulationException {
		processor.registers.put(Register.GDTR, RegisterValue.table(0x5000, 0x2F));
		ram.writeValue(0x5008, 8, 0x00AF9A000000FFFFL);
		ram.writeValue(0x5010, 8, 0x12CF92345678FFFFL);
		ram.writeValue(0x5020, 8, 0x0000890010000067L);
		ram.writeValue(0x5028, 8, 0xFFFFFFFFL);
		devices.write(DEVICE, 2, 0x10);
		execute("8e 23");
		assertEquals(RegisterValue.segment(0x12345678, -1, 0x10, 0xC093), processor.registers.get(Register.FS));
		assertEquals(0x93, ram.readValue(0x5015, 1));
		devices.write(DEVICE, 2, 0x20);
		execute("0f 00 1b");
		assertEquals(RegisterValue.segment(0xFFFFFFFF_00001000L, 0x67, 0x20, 0x8B), processor.registers.get(Register.TR));
		assertEquals(0x8B, ram.readValue(0x5025, 1));
		devices.write(DEVICE, 8, 0x9900);
		devices.write(DEVICE + 8, 2, 8);
		execute("48 ff 2b");
		assertEquals(0x9900, get(Register.RIP));
		assertEquals(RegisterValue.segment(0, -1, 8, 0xA09B), processor.registers.get(Register.CS));
		devices.write(DEVICE, 2, 0x33);
		execute("8e 13");
		assertEquals(new RegisterValue(0x30_000D0101L, 0), processor.registers.get(Register.PENDING_EVENT0));
		execute("8c 0b");
		assertEquals(8, devices.read(DEVICE, 2));
	}

	@Test
	void mmxRegistersAreMovedWithTheStackEmptied() throws EmulationException {
		processor.registers.put(Register.FP_CONTROL_STATUS, RegisterValue.of(0x37F | 3L << 27));
		processor.registers.put(Register.FP_MMX7, new RegisterValue(0x77, 0));
		execute("0f 7f 13");
		assertEquals(0x77, devices.read(DEVICE, 8));
		assertEquals(0xFF_0000037FL, processor.registers.get(Register.FP_CONTROL_STATUS).low());
		execute("0f 6f 0b");
		assertEquals(new RegisterValue(0x77, 0xFFFF), processor.registers.get(Register.FP_MMX1));
	}

	@Test
	void bytesThatTheMessageLacksAreReadFromTheGuest() throws EmulationException {
		ram.write(RIP, new byte[] {(byte) 0xC7, 0x03, 1, 2, 3, 4});
		execute("c7 03 01");
		assertEquals(0x04030201, devices.read(DEVICE, 4));
		set(Register.RIP, RIP);
		devices.write(DEVICE, 4, 0);
		execute("");
		assertEquals(0x04030201, devices.read(DEVICE, 4));
	}

	@Test
	void anInstructionThatIsNotEmulatedIsNamed() {
		EmulationException e = assertThrows(EmulationException.class, () -> execute("0f 01 13 90"));
		assertEquals("cannot emulate the instruction 0f 01 13 90 at 0x1000, which accesses guest-physical 0xf0000000", e.getMessage());
		assertThrows(EmulationException.class, () -> execute("66 66 66 66 66 66 66 66 66 66 66 66 66 66 66"));
		assertEquals(RIP, get(Register.RIP));
	}

	@Test
	void executionOfNoMemoryIsAnError() {
		Intercept.Header header = new Intercept.Header(0, 0, 0, 2, Intercepts.LONG_MODE, Intercepts.CODE_64, 0x40000000, 2);
		EmulationException e = assertThrows(EmulationException.class, () -> execute(header, new byte[0]));
		assertEquals("the guest executes at 0x40000000, which is guest-physical 0xf0000000, where no memory is", e.getMessage());
	}

	@Test
	void noBytesBreakTheEmulator() {
		Random random = new Random(3);
		byte[] code = new byte[16];
		for (int round = 0; round < 200_000; round++) {
			random.nextBytes(code);
			use(processor);
			set(Register.RCX, 3);
			byte[] before = code.clone();
			try {
				execute(Intercepts.header(0, false, RIP), code);
			} catch (EmulationException e) {
				assertEquals(RIP, get(Register.RIP));
			}
			assertArrayEquals(before, code);
		}
	}

	@Test
	void eachIterationIsTrappedWhileTheGuestStepsThroughItself() throws EmulationException {
		set(Register.RFLAGS, 0x102);
		set(Register.RCX, 2);
		set(Register.RDI, LINEAR);
		Intercept.Header header = new Intercept.Header(0, 0, 0, 1, Intercepts.LONG_MODE, Intercepts.CODE_64, RIP, 0x102);
		for (long rip : new long[] {RIP, RIP + 2}) {
			set(Register.PENDING_DEBUG_EXCEPTION, 0);
			execute(header, new byte[] {(byte) 0xF3, (byte) 0xAA});
			assertEquals(rip, get(Register.RIP), "the last iteration ends the instruction");
			assertEquals(1 << 4, get(Register.PENDING_DEBUG_EXCEPTION));
		}
		assertEquals(0, get(Register.RCX));
	}

	@Test
	void anInstructionThatFaultsIsNotTrapped() throws EmulationException {
		set(Register.RFLAGS, 0x102);
		set(Register.RSI, LINEAR);
		set(Register.RDI, 0x5000);
		processor.faults.put(5L, Translation.Result.PAGE_NOT_PRESENT);
		execute(new Intercept.Header(0, 0, 0, 0, Intercepts.LONG_MODE, Intercepts.CODE_64, RIP, 0x102), new byte[] {(byte) 0xA4});
		assertEquals(0, get(Register.PENDING_DEBUG_EXCEPTION));
		assertEquals(RIP, get(Register.RIP));
	}
}
