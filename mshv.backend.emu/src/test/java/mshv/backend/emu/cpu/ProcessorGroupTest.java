package mshv.backend.emu.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import mshv.backend.emu.engine.Engine;
import mshv.backend.emu.memory.PhysicalMemory;

/** What processors of one memory do for each other. */
@Timeout(60)
class ProcessorGroupTest {
	private static final int PAGES = 16;
	private static final long CODE = 0x1000, DATA = 0x4000, RESULTS = 0x5000;

	private final Arena arena = Arena.ofShared();
	private final MemorySegment host = arena.allocate(PAGES * 4096, 4096);
	private final PhysicalMemory memory = new PhysicalMemory();
	private final ProcessorGroup group = new ProcessorGroup();
	private final List<Runner> runners = new ArrayList<>();

	/** A processor in 64-bit mode without paging, and its thread. */
	private final class Runner {
		final Engine engine = new Engine(memory, platform(), arena, 0);
		final Cpu cpu = engine.cpu();
		final Thread thread = new Thread(this::run);
		private volatile boolean running;

		Runner(long rip) {
			cpu.requests.setRunning(() -> running);
			cpu.efer |= Cpu.EFER_LMA;
			cpu.cr0 |= Cpu.CR0_PE;
			cpu.segments[Segment.CS].set(8, 0, 0xFFFFFFFFL, 0x9B | Segment.LONG);
			cpu.contextChanged();
			cpu.rip = rip;
			group.add(cpu);
			runners.add(this);
		}

		private void run() {
			running = true;
			cpu.requests.begin();
			engine.run();
			running = false;
		}
	}

	ProcessorGroupTest() {
		for (int page = 0; page < PAGES; page++) {
			map(page, page);
		}
	}

	private void map(int page, int hostPage) {
		memory.setEntry(page, host.address() + hostPage * 4096L | PhysicalMemory.READ | PhysicalMemory.WRITE | PhysicalMemory.EXECUTE);
	}

	private Platform platform() {
		return (Platform) Proxy.newProxyInstance(Platform.class.getClassLoader(), new Class<?>[] {Platform.class},
			(_, method, _) -> switch (method.getName()) {
				case "apicPage" -> -1L;
				case "hypercall" -> {
					group.flush(null, null);
					yield null;
				}
				default -> throw new UnsupportedOperationException(method.getName());
			});
	}

	private void code(long at, String hex) {
		byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
		MemorySegment.copy(bytes, 0, host, JAVA_BYTE, at, bytes.length);
	}

	private long read(long address) {
		return (long) JAVA_LONG.varHandle().getVolatile(host, address);
	}

	private void await(long address, long least) {
		while (Long.compareUnsigned(read(address), least) < 0) {
			Thread.onSpinWait();
		}
	}

	@AfterEach
	void stop() throws InterruptedException {
		for (Runner runner : runners) {
			runner.cpu.requestAttention(Cpu.ATTENTION_STOP);
			runner.thread.join();
		}
		arena.close();
	}

	@Test
	void noTranslationIsUsedOnceItsFlushHasReturned() {
		// MOV RAX, [4000]; MOV [5000], RAX; INC QWORD [5008]; JMP
		code(CODE, "48 8B 04 25 00 40 00 00  48 89 04 25 00 50 00 00  48 FF 04 25 08 50 00 00  EB E6");
		new Runner(CODE).thread.start();
		for (int i = 1; i <= 200; i++) {
			int fresh = 8 + (i & 1);
			host.set(JAVA_LONG, fresh * 4096L, i);
			map((int) (DATA >> 12), fresh);
			group.flush(null, (i & 2) != 0 ? new long[] {DATA} : null);
			host.set(JAVA_LONG, (8 + (i + 1 & 1)) * 4096L, -1);
			await(RESULTS + 8, read(RESULTS + 8) + 2);
			assertEquals(i, read(RESULTS));
		}
	}

	@Test
	void processorsThatFlushEachOtherDoNotWaitForEver() {
		// INC QWORD [RESULTS + 8 n]; VMCALL; JMP
		for (int n = 0; n < 4; n++) {
			code(CODE + 0x100 * n, "48 FF 04 25 %02x 50 00 00  0F 01 C1  EB F3".formatted(8 * n));
			new Runner(CODE + 0x100 * n).thread.start();
		}
		for (int n = 0; n < 4; n++) {
			await(RESULTS + 8 * n, 500);
		}
	}

	/** Operands within a cache line, across two, and across two pages. */
	@Test
	void lockedIncrementsAreAllCountedAtEveryAlignment() {
		int rounds = 300;
		long[] places = {0x4003, 0x407F, 0x403D, 0x4FFD};
		String[] increments = {"f0 66 ff 07", "f0 ff 07", "f0 48 ff 07"};
		for (long place : places) {
			for (String increment : increments) {
				host.asSlice(0x4000, 0x2000).fill((byte) 0);
				// MOV ECX, rounds; MOV EDI, place; LOCK INC [RDI]; DEC ECX; JNZ; LOCK INC QWORD [6000]; HLT
				String code = "b9 %02x %02x 00 00 bf %02x %02x 00 00 %s ff c9 75 %02x f0 48 ff 04 25 00 60 00 00 f4".formatted(
					rounds & 0xFF, rounds >> 8, place & 0xFF, place >> 8, increment, -4 - increment.length() / 3 - 1 & 0xFF);
				code(CODE, code);
				host.set(JAVA_LONG, 0x6000, 0);
				for (int n = 0; n < 3; n++) {
					new Runner(CODE).thread.start();
				}
				await(0x6000, 3);
				int bytes = increment.length() == 8 ? 4 : increment.contains("66") ? 2 : 8;
				long sum = 0;
				for (int i = bytes - 1; i >= 0; i--) {
					sum = sum << 8 | host.get(JAVA_BYTE, place + i) & 0xFF;
				}
				assertEquals(3 * rounds, sum, increment + " at " + Long.toHexString(place));
			}
		}
	}

	@Test
	void aProcessorThatRestsIsNotWaitedForButFlushesBeforeItGoesOn() throws InterruptedException {
		code(CODE, "48 8B 04 25 00 40 00 00  48 89 04 25 00 50 00 00  F4");
		Runner runner = new Runner(CODE);
		host.set(JAVA_LONG, DATA, 1);
		runner.run();
		assertEquals(1, read(RESULTS));
		host.set(JAVA_LONG, 8 * 4096, 2);
		map((int) (DATA >> 12), 8);
		for (int i = 0; i < 1000; i++) {
			group.flush(List.of(runner.cpu), new long[] {DATA + 4096L * i});
		}
		runner.cpu.rip = CODE;
		runner.run();
		assertEquals(2, read(RESULTS));
		assertNotEquals(0, runner.engine.instructions());
	}
}
