package mshv.vmm.cpu;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.Translation;
import mshv.api.abi.RegisterPage;
import mshv.fake.FakeProcessor;
import mshv.fake.Intercepts;
import mshv.vmm.device.MmioBus;
import mshv.vmm.device.PortBus;
import mshv.vmm.device.PortDevice;
import mshv.vmm.memory.GuestRam;

class PortExitsTest {
	private static final int PORT = 0x300;
	private static final int TRAP_FLAG = 1 << 8;
	/** Bit of PENDING_DEBUG_EXCEPTION. */
	private static final long SINGLE_STEP = 1 << 4;

	private final GuestRam ram = new GuestRam(1 << 20);
	private final PortBus bus = new PortBus();
	private final List<Integer> written = new ArrayList<>();
	private int next = 0x80818283;
	private FakeProcessor processor;

	PortExitsTest() {
		bus.add(new PortDevice() {
			@Override
			public int width() {
				return 4;
			}

			@Override
			public int read(int port, int size) {
				return next++;
			}

			@Override
			public void write(int port, int size, int value) {
				written.add(value);
			}
		}, PORT, 1);
	}

	@AfterEach
	void close() {
		ram.close();
	}

	private void handle(boolean shared, Intercept.IoPort access) {
		processor = FakeProcessor.idle(shared);
		exit(access);
	}

	private void exit(Intercept.IoPort access) {
		new PortExits(bus, new RegisterFile(processor), new LinearMemory(processor, ram, new MmioBus())).handle(access);
	}

	private long register(Register register) {
		return processor.getRegister(register);
	}

	@ParameterizedTest
	@ValueSource(booleans = {true, false})
	void outputGoesToThePortAndTheProcessorAdvances(boolean shared) {
		handle(shared, Intercepts.out(PORT, 2, 0x12345678));
		assertEquals(List.of(0x5678), written);
		assertEquals(0x1001, register(Register.RIP));
	}

	@ParameterizedTest
	@ValueSource(booleans = {true, false})
	void inputReplacesTheLowPartOfRaxAndAllOfItForFourBytes(boolean shared) {
		handle(shared, Intercepts.in(PORT, 1, 0x1122334455667788L));
		assertEquals(0x1122334455667783L, register(Register.RAX));
		handle(shared, Intercepts.in(PORT, 2, 0x1122334455667788L));
		assertEquals(0x1122334455668284L, register(Register.RAX));
		handle(shared, Intercepts.in(PORT, 4, 0x1122334455667788L));
		assertEquals(0x80818285L, register(Register.RAX));
	}

	@ParameterizedTest
	@ValueSource(booleans = {true, false})
	void aRepeatedOutputReadsMemoryThroughTheProcessorsPaging(boolean shared) {
		processor = FakeProcessor.idle(shared);
		processor.pages.put(5L, 9L);
		ram.write(0x9FFD, "abc".getBytes(StandardCharsets.US_ASCII));
		ram.write(0x6000, "de".getBytes(StandardCharsets.US_ASCII));
		exit(new Intercept.IoPort(Intercepts.header(2, true, 0x1000), PORT, 1, 0,
			new Intercept.StringOperands(true, 5, 0x5FFD, 0, Intercepts.CODE_64, Intercepts.CODE_64)));
		assertEquals(List.of((int) 'a', (int) 'b', (int) 'c', (int) 'd', (int) 'e'), written);
		assertEquals(0x6002, register(Register.RSI));
		assertEquals(0, register(Register.RCX));
		assertEquals(0x1002, register(Register.RIP));
	}

	@ParameterizedTest
	@ValueSource(booleans = {true, false})
	void aRepeatedInputRunsBackwardsWithTheDirectionFlag(boolean shared) {
		processor = FakeProcessor.idle(shared);
		Intercept.Header header = new Intercept.Header(0, 2, 0, 0, Intercepts.LONG_MODE, Intercepts.CODE_64, 0x1000, 0x402);
		exit(new Intercept.IoPort(header, PORT, 4, 0,
			new Intercept.StringOperands(true, 2, 0, 0x2004, Intercepts.CODE_64, Intercepts.CODE_64)));
		assertEquals(0x80818283_80818284L, ram.readValue(0x2000, 8));
		assertEquals(0x1FFC, register(Register.RDI));
	}

	@ParameterizedTest
	@ValueSource(booleans = {true, false})
	void manyIterationsTakeSeveralExits(boolean shared) {
		Intercept.Header header = Intercepts.header(2, true, 0x1000);
		handle(shared, new Intercept.IoPort(header, PORT, 1, 0,
			new Intercept.StringOperands(true, PortExits.CHUNK + 1, 0, 0, Intercepts.CODE_64, Intercepts.CODE_64)));
		assertEquals(PortExits.CHUNK, written.size());
		assertEquals(1, register(Register.RCX));
		assertEquals(0, register(Register.RIP));
	}

	@ParameterizedTest
	@ValueSource(booleans = {true, false})
	void noIterationsOnlyAdvance(boolean shared) {
		handle(shared, new Intercept.IoPort(Intercepts.header(2, true, 0x1000), PORT, 1, 0,
			new Intercept.StringOperands(true, 0, 0, 0, Intercepts.CODE_64, Intercepts.CODE_64)));
		assertEquals(List.of(), written);
		assertEquals(0x1002, register(Register.RIP));
	}

	@ParameterizedTest
	@ValueSource(booleans = {true, false})
	void aPageFaultStopsTheRepetitionAndGoesToTheGuest(boolean shared) {
		processor = FakeProcessor.idle(shared);
		processor.faults.put(6L, Translation.Result.PAGE_NOT_PRESENT);
		exit(new Intercept.IoPort(Intercepts.header(2, false, 0x1000), PORT, 2, 0,
			new Intercept.StringOperands(true, 5, 0, 0x5FFC, Intercepts.CODE_64, Intercepts.CODE_64)));
		assertEquals(0x6000, register(Register.RDI));
		assertEquals(3, register(Register.RCX));
		assertEquals(0, register(Register.RIP));
		assertEquals(new RegisterValue(0x2_000E0101L, 0x6000), processor.registers.get(Register.PENDING_EVENT0));
		assertEquals(0x6000, processor.registers.get(Register.CR2).low());
		assertEquals(0x80818285, next);
	}

	@ParameterizedTest
	@ValueSource(booleans = {true, false})
	void prefixesChooseSegmentAndAddressSize(boolean shared) {
		processor = FakeProcessor.idle(shared);
		if (shared) {
			processor.registerPage().set(JAVA_LONG, RegisterPage.ES + 16 * 4, 0x300L);
		} else {
			processor.registers.put(Register.FS, RegisterValue.segment(0x300, -1, 0, 0));
		}
		// addr32 fs outsb
		ram.write(0x1000, new byte[] {0x67, 0x64, 0x6E});
		ram.writeValue(0x2300, 1, 0x77);
		exit(new Intercept.IoPort(Intercepts.header(3, true, 0x1000), PORT, 1, 0,
			new Intercept.StringOperands(false, 0, 0xAAAA_00002000L, 0, Intercepts.CODE_64, Intercepts.CODE_64)));
		assertEquals(List.of(0x77), written);
		assertEquals(0x2001, register(Register.RSI));
		assertNull(processor.registers.get(Register.PENDING_EVENT0));
	}

	private Intercept.IoPort repetition(int count, int executionState, RegisterValue cs, long flags, long rsi) {
		return new Intercept.IoPort(new Intercept.Header(0, 2, 0, 1, executionState, cs, 0x1000, flags), PORT, 1, 0,
			new Intercept.StringOperands(true, count, rsi, 0, Intercepts.CODE_64, Intercepts.CODE_64));
	}

	private long pendingTraps() {
		return processor.getRegister(Register.PENDING_DEBUG_EXCEPTION);
	}

	@ParameterizedTest
	@ValueSource(booleans = {true, false})
	void eachIterationIsTrappedWhileTheGuestStepsThroughItself(boolean shared) {
		processor = FakeProcessor.idle(shared);
		processor.setRegister(Register.RFLAGS, 2 | TRAP_FLAG);
		processor.setRegister(Register.PENDING_DEBUG_EXCEPTION, 1);
		exit(repetition(2, Intercepts.LONG_MODE, Intercepts.CODE_64, 2 | TRAP_FLAG, 0));
		assertEquals(1, written.size());
		assertEquals(1, register(Register.RCX));
		assertEquals(0, register(Register.RIP));
		assertEquals(SINGLE_STEP | 1, pendingTraps(), "besides the breakpoint that the hypervisor has seen");
		exit(repetition(1, Intercepts.LONG_MODE, Intercepts.CODE_64, 2 | TRAP_FLAG, 1));
		assertEquals(0x1002, register(Register.RIP));
	}

	@ParameterizedTest
	@ValueSource(booleans = {true, false})
	void aSimpleAccessIsTrappedWhileTheGuestStepsThroughItself(boolean shared) {
		processor = FakeProcessor.idle(shared);
		processor.setRegister(Register.RFLAGS, 2 | TRAP_FLAG);
		exit(new Intercept.IoPort(new Intercept.Header(0, 1, 0, 1, Intercepts.LONG_MODE, Intercepts.CODE_64, 0x1000, 2 | TRAP_FLAG), PORT,
			1, 0, null));
		assertEquals(SINGLE_STEP, pendingTraps());
	}

	@ParameterizedTest
	@ValueSource(booleans = {true, false})
	void aStepThatTheGuestIsNotToNoticeEndsAfterOneIterationWithoutATrap(boolean shared) {
		processor = FakeProcessor.idle(shared);
		exit(repetition(2, Intercepts.LONG_MODE, Intercepts.CODE_64, 2 | TRAP_FLAG, 0));
		assertEquals(1, register(Register.RCX));
		assertEquals(0, pendingTraps());
	}

	@ParameterizedTest
	@ValueSource(booleans = {true, false})
	void iterationsThatMayMeetBreakpointsAreDoneOneByOne(boolean shared) {
		processor = FakeProcessor.idle(shared);
		exit(repetition(2, Intercepts.LONG_MODE | 1 << 5, Intercepts.CODE_64, 2, 0));
		assertEquals(1, register(Register.RCX));
		assertEquals(0, pendingTraps(), "the hypervisor's to say");
	}

	@ParameterizedTest
	@ValueSource(booleans = {true, false})
	void elementsOfASegmentWithALimitAreLeftToTheHypervisorsChecks(boolean shared) {
		for (int limit : new int[] {-1, 0xFFFFF}) {
			processor = FakeProcessor.idle(shared);
			RegisterValue segment = RegisterValue.segment(0, limit, 0x10, 0xC093);
			processor.setRegister(Register.RFLAGS, 2);
			processor.registers.put(Register.DS, segment);
			processor.registerPage().set(JAVA_LONG, RegisterPage.ES + 16 * 3 + 8, segment.high());
			exit(repetition(3, 5, Intercepts.CODE_32, 2, 0));
			assertEquals(limit == -1 ? 0 : 2, register(Register.RCX));
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = {true, false})
	void anElementGoesOnAtZeroWhereAddressesOf32BitsEnd(boolean shared) {
		processor = FakeProcessor.idle(shared);
		processor.pages.put(0xFFFFFL, 5L);
		ram.writeValue(0x5FFE, 2, 0x2211);
		ram.writeValue(0, 2, 0x4433);
		exit(new Intercept.IoPort(new Intercept.Header(0, 1, 0, 1, 5, Intercepts.CODE_32, 0x1000, 2), PORT, 4, 0,
			new Intercept.StringOperands(false, 0, 0xFFFFFFFEL, 0, Intercepts.CODE_32, Intercepts.CODE_32)));
		assertEquals(List.of(0x44332211), written);
	}

	@ParameterizedTest
	@ValueSource(booleans = {true, false})
	void aPageFaultInTheMiddleOfAnElementComesBeforeThePortIsAccessed(boolean shared) {
		for (boolean write : new boolean[] {true, false}) {
			processor = FakeProcessor.idle(shared);
			processor.faults.put(6L, Translation.Result.PAGE_NOT_PRESENT);
			exit(new Intercept.IoPort(Intercepts.header(1, write, 0x1000), PORT, 4, 0,
				new Intercept.StringOperands(false, 0, 0x5FFE, 0x5FFE, Intercepts.CODE_64, Intercepts.CODE_64)));
			assertEquals(0x6000, processor.registers.get(Register.CR2).low());
			assertEquals(0, register(Register.RIP));
		}
		assertEquals(List.of(), written);
		assertEquals(0x80818283, next, "not read either");
	}
}
