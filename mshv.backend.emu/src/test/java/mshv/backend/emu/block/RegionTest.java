package mshv.backend.emu.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Consumer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.Platform;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.engine.Engine;
import mshv.backend.emu.memory.PhysicalMemory;

/** Translated loops are left in the right place and state, whatever ends them. */
class RegionTest {
	private static final int PAGES = 16;
	private static final long PAGE = PhysicalMemory.PAGE_SIZE;
	private static final long CODE = 0x1000;
	private static final long DATA = 0x2000;
	/** Behind it the page is not mapped to memory. */
	private static final long LAST_DATA = 0x8000;
	private static final long STACK = 0xB000;
	private static final long TABLES = 0xB000;
	private static final int HOT = 3;
	private static final int R8 = 8;
	/** What overflows after more rounds than needed. */
	private static final long MANY_ROUNDS = Long.MAX_VALUE - 100_000;
	/** Bit of MXCSR. */
	private static final int UNDERFLOW_MASK = 1 << 11;
	/** The number of the reading of a model-specific register that asks for attention. */
	private static final long LAST_MSR_READ = 1000;

	private final Arena arena = Arena.ofShared();
	private final MemorySegment memory = arena.allocate(PAGES * PAGE, PAGE);
	private final PhysicalMemory physical = new PhysicalMemory();
	private final Engine engine = machine(HOT);
	/** Cycles of the time-stamp counter from one reading to the next, and how many there were. */
	private long pace, readings;
	private long msrReads;

	private Engine machine(int hot) {
		Platform platform = (Platform) Proxy.newProxyInstance(Platform.class.getClassLoader(), new Class<?>[] {Platform.class},
			(proxy, method, arguments) -> {
				return switch (method.getName()) {
					case "apicPage" -> -1L;
					case "timeStampCounter" -> ++readings * pace;
					case "readMsr" -> {
						if (++msrReads == LAST_MSR_READ) {
							((Cpu) arguments[0]).requestAttention(Cpu.ATTENTION_STOP);
						}
						yield msrReads;
					}
					default -> throw new UnsupportedOperationException(method.getName());
				};
			});
		for (int page = 0; page < PAGES; page++) {
			physical.setEntry(page, memory.address() + page * PAGE | PhysicalMemory.READ | PhysicalMemory.WRITE | PhysicalMemory.EXECUTE);
		}
		return new Engine(physical, platform, arena, hot);
	}

	@AfterEach
	void free() {
		arena.close();
	}

	private void store(long address, String hex) {
		byte[] code = HexFormat.of().parseHex(hex.replace(" ", ""));
		MemorySegment.copy(code, 0, memory, ValueLayout.JAVA_BYTE, address, code.length);
	}

	private Cpu start(Engine engine, String hex) {
		store(CODE, hex);
		Cpu cpu = engine.cpu();
		cpu.efer = Cpu.EFER_LME | Cpu.EFER_LMA;
		cpu.cr0 |= Cpu.CR0_PE;
		cpu.cr4 |= Cpu.CR4_OSFXSR;
		cpu.segments[Segment.CS].attributes |= Segment.LONG;
		cpu.contextChanged();
		cpu.r[Cpu.RSP] = STACK;
		cpu.r[Cpu.RBX] = DATA;
		cpu.rip = CODE;
		return cpu;
	}

	private static void run(Engine engine, int hot) {
		if (hot == 0) {
			do {
				engine.step();
			} while (engine.cpu().exit.kind == Exit.Kind.NONE);
		} else {
			engine.run();
		}
	}

	/** Runs code that walks off the end of the data, in the precise tier and translated, and compares all that can be seen. */
	private void faultsAlike(String hex) {
		memory.fill((byte) 0x5A);
		physical.setEntry(LAST_DATA / PAGE + 1, 0);
		engine.cpu().mmu.flush();
		long[][] seen = new long[2][];
		for (int n = 0; n < 2; n++) {
			memory.asSlice(DATA, LAST_DATA + PAGE - DATA).fill((byte) 0x5A);
			Cpu cpu = engine.cpu();
			cpu.reset();
			Arrays.fill(cpu.r, 0, 16, 0x0123_4567_89AB_CDEFL);
			cpu.setArithmeticFlags(0);
			engine.cpu().mmu.flush();
			start(engine, hex);
			long before = engine.instructions();
			run(engine, n * HOT);
			assertEquals(Exit.Kind.MEMORY, cpu.exit.kind, hex);
			long[] state = Arrays.copyOf(cpu.r, 20);
			state[16] = cpu.rip;
			state[17] = cpu.rflags();
			state[18] = engine.instructions() - before;
			state[19] = cpu.exit.gpa;
			seen[n] = state;
			assertTrue(state[18] > 100, "no loop: " + hex);
		}
		assertArrayEquals(seen[0], seen[1], hex);
	}

	@Test
	void aFaultAtAnyMemoryOperandFindsRegistersFlagsAndCountAsTheInstructionFoundThem() {
		// Each loop: the access, add of 1 to R8 so that flags are live across it, step of RBX, jump back
		for (String access : new String[] {"48 8B 03", "8A 03", "66 8B 03", "0F B6 03", "48 0F BF 03", "48 89 03", "88 03", "66 89 03",
			"C7 03 01000000", "48 03 03", "01 03", "48 29 03", "83 33 7F", "48 13 03", "48 11 03", "3B 03", "39 03", "80 3B 05", "48 85 03",
			"F7 03 01000000", "FF 03", "48 FF 0B", "F7 1B", "48 F7 13", "48 F7 23", "F7 2B", "48 0F AF 03", "48 C1 23 03", "D3 2B", "FF 33",
			"0F 94 03", "48 0F 44 03", "0F BA 23 05", "48 0F B1 13", "48 87 03", "87 0B", "F0 48 0F C1 03",
			"F0 0F C1 03", "F0 48 0F B1 13", "F0 0F B1 13", "F0 48 01 03", "F0 83 2B 7F", "F0 48 21 03", "F0 09 03", "F0 31 03", "F0 FF 03",
			"F0 48 FF 0B", "F0 48 01 43 03", "F0 66 01 03", "F3 0F 10 03", "66 0F 7F 03", "66 0F 6F 03", "F3 0F 6F 43 03",
			"F3 0F 7F 43 03", "66 0F FE 03", "0F 5B 03", "F2 0F 58 03", "0F 58 03", "F2 0F 11 03", "66 0F 13 03", "66 0F 2F 03", "F2 48 0F 2A 03",
			"F3 0F 2C 03", "66 0F 6E 03", "66 48 0F 7E 03", "DD 03"}) {
			String closing = "49 83 C0 01 48 8D 5B 10 49 FF C1 71 ";
			int length = access.replace(" ", "").length() / 2 + closing.replace(" ", "").length() / 2 + 1;
			// FNINIT first: the x87 stack overflows quietly
			faultsAlike("DB E3 " + access + closing + HexFormat.of().toHexDigits((byte) -length));
		}
	}

	@Test
	void vectorInstructionsRaiseWhatTheirHandlersRaise() {
		// L: mulsd %xmm1, %xmm0; add $1, %r8; jno L: the product becomes denormal, and underflow is not masked
		String product = "F2 0F 59 C1 49 83 C0 01 71 F6";
		raisesAlike(product, Vector.XM, cpu -> cpu.cr4 |= Cpu.CR4_OSXMMEXCPT);
		raisesAlike(product, Vector.UD, cpu -> {});
		// L: xor %edx, %edx; dec %ecx; setz %dl; ... (%rbx,%rdx); test %ecx, %ecx; jnz L; hlt: the last address is not aligned
		for (String access : new String[] {"66 0F 6F 14 13", "66 0F FE 14 13", "66 0F 29 14 13", "66 0F 58 14 13"}) {
			raisesAlike("31 D2 FF C9 0F 94 C2" + access + "85 C9 75 F0 F4", Vector.GP, cpu -> {});
		}
	}

	@Test
	void aTranslatedLoopOfVectorInstructionsLooksWhetherTheyAreAvailable() {
		// L: movapd %xmm1, %xmm3; add $1, %r8; jno L; hlt
		String loop = "66 0F 28 D9 49 83 C0 01 71 F6 F4";
		raisesAlike(loop, Vector.NM, cpu -> {
			runToHalt(cpu);
			cpu.cr0 |= Cpu.CR0_TS;
		});
		raisesAlike(loop, Vector.UD, cpu -> {
			runToHalt(cpu);
			cpu.cr4 &= ~Cpu.CR4_OSFXSR;
		});
	}

	private void runToHalt(Cpu cpu) {
		cpu.r[R8] = Long.MAX_VALUE - 500;
		engine.run();
		assertEquals(Exit.Kind.HALT, cpu.exit.kind);
		cpu.r[R8] = MANY_ROUNDS;
		cpu.rip = CODE;
	}

	/** Runs a loop that ends by an exception in the precise tier and translated, and compares all that can be seen.
	 * @param before what is done first */
	private void raisesAlike(String hex, int vector, Consumer<Cpu> before) {
		long[][] seen = new long[2][];
		for (int n = 0; n < 2; n++) {
			memory.asSlice(DATA, PAGE).fill((byte) 0x5A);
			Cpu cpu = engine.cpu();
			cpu.reset();
			start(engine, hex);
			cpu.mmu.flush();
			cpu.setMxcsr(0x1F80 & ~UNDERFLOW_MASK);
			cpu.xmm[0] = Double.doubleToRawLongBits(1.5);
			cpu.xmm[2] = Double.doubleToRawLongBits(0.5);
			cpu.r[Cpu.RCX] = 300;
			cpu.r[R8] = MANY_ROUNDS;
			before.accept(cpu);
			cpu.contextChanged();
			cpu.interceptedExceptions = 1 << vector;
			run(engine, n * HOT);
			assertEquals(Exit.Kind.EXCEPTION, cpu.exit.kind, hex);
			long[] state = Arrays.copyOf(cpu.r, 16 + 32 + 4);
			System.arraycopy(cpu.xmm, 0, state, 16, 32);
			state[48] = cpu.rip;
			state[49] = cpu.rflags();
			state[50] = cpu.mxcsr;
			state[51] = cpu.exit.vector;
			seen[n] = state;
		}
		assertArrayEquals(seen[0], seen[1], hex);
	}

	@Test
	void codeThatIsComeToOftenButNotWithinASecondIsNotTranslated() {
		// mov $10000, %ecx; L: dec %ecx; jne L; hlt
		String loop = "B9 10270000 FF C9 75 FC F4";
		pace = 1000;
		Engine often = machine(500);
		start(often, loop);
		often.run();
		assertEquals(2, readings, "before and after the sample, then it is translated");
		pace = 1L << 32;
		readings = 0;
		Engine rarely = machine(500);
		start(rarely, loop);
		rarely.run();
		// Hot after 500 rounds, the sample takes 200 more
		assertEquals(2 * (10_000 / 700), readings);
		assertEquals(often.instructions(), rarely.instructions());
	}

	@Test
	void aLoopThatOverwritesItselfExecutesWhatItWrote() {
		// mov $1000, %ecx; L: add $1, %eax; dec %ecx; cmp $500, %ecx; jne S; movb $2, L+2(%rip); S: test %ecx, %ecx; jne L; hlt
		Cpu cpu = start(engine, "B9 E8030000 83 C0 01 FF C9 81 F9 F4010000 75 07 C6 05 EEFFFFFF 02 85 C9 75 E8 F4");
		cpu.r[Cpu.RAX] = 0;
		engine.run();
		assertEquals(Exit.Kind.HALT, cpu.exit.kind);
		assertEquals(500 + 2 * 500, cpu.r[Cpu.RAX]);
	}

	@Test
	void codeThatTheHostOverwroteBetweenTwoRunsIsTranslatedAnew() {
		// mov $1000, %ecx; L: add $1, %eax; dec %ecx; jnz L; hlt
		String code = "B9 E8030000 83 C0 01 FF C9 75 F9 F4";
		Cpu cpu = start(engine, code);
		cpu.r[Cpu.RAX] = 0;
		engine.run();
		assertEquals(1000, cpu.r[Cpu.RAX]);
		cpu = start(engine, code.replace("83 C0 01", "83 C0 03"));
		engine.run();
		assertEquals(4000, cpu.r[Cpu.RAX]);
	}

	@Test
	void aTranslatedLoopWithoutEndIsLeftWhenAttentionIsAskedFor() throws InterruptedException {
		// L: inc %r8; add $2, %rax; jmp L
		Cpu cpu = start(engine, "49 FF C0 48 83 C0 02 EB F7");
		cpu.r[Cpu.RAX] = 0;
		cpu.r[R8] = 0;
		Thread asking = Thread.ofPlatform().start(() -> cpu.requestAttention(Cpu.ATTENTION_STOP));
		engine.run();
		asking.join();
		assertEquals(Exit.Kind.REQUESTED, cpu.exit.kind);
		long done = engine.instructions();
		assertEquals(done / 3, cpu.r[R8] - (done % 3 == 0 ? 0 : 1));
		assertEquals(2 * (done / 3 + (done % 3 == 2 ? 1 : 0)), cpu.r[Cpu.RAX]);
		assertEquals(CODE + new int[] {0, 3, 7}[(int) (done % 3)], cpu.rip);
	}

	@Test
	void aTranslatedLoopIsLeftBehindAReadThatAsksForAttention() {
		// L: mov $0x40000073, %ecx; rdmsr; inc %r8; jmp L
		Cpu cpu = start(engine, "B9 73 00 00 40 0F 32 49 FF C0 EB F4");
		cpu.r[R8] = 0;
		engine.run();
		assertEquals(Exit.Kind.REQUESTED, cpu.exit.kind);
		assertEquals(LAST_MSR_READ, cpu.r[Cpu.RAX]);
		assertEquals(LAST_MSR_READ - 1, cpu.r[R8]);
		assertEquals(CODE + 7, cpu.rip);
	}

	@Test
	void aPageOfCodeThatIsMappedElsewhereIsFollowedThere() {
		// A loop that calls a function in the next page: its other version is in another frame
		long tables = TABLES;
		map(tables, CODE, CODE);
		map(tables, CODE + PAGE, 0x5000);
		map(tables, STACK - PAGE, STACK - PAGE);
		map(tables, DATA + 0x4000, DATA + 0x4000);
		store(0x5000, "83 C0 01 C3");
		store(0x6000, "83 C0 05 C3");
		// mov $1000, %ecx; L: call F; dec %ecx; jnz L; hlt
		Cpu cpu = start(engine, "B9 E8030000 E8 F60F0000 FF C9 75 F7 F4");
		cpu.cr4 |= Cpu.CR4_PAE;
		cpu.cr3 = tables;
		cpu.cr0 |= Cpu.CR0_PG;
		cpu.contextChanged();
		cpu.r[Cpu.RAX] = 0;
		engine.run();
		assertEquals(Exit.Kind.HALT, cpu.exit.kind);
		assertEquals(1000, cpu.r[Cpu.RAX]);
		map(tables, CODE + PAGE, 0x6000);
		cpu.mmu.flush();
		cpu.rip = CODE;
		engine.run();
		assertEquals(6000, cpu.r[Cpu.RAX]);
	}

	@Test
	void aLoopThroughATableOfJumpsReachesEveryTarget() {
		// mov $1000, %ecx; L: mov %ecx, %eax; and $7, %eax; jmp *(%rbx,%rax,8); eight times add $n, %r8; jmp M; M: dec %ecx; jnz L; hlt
		StringBuilder code = new StringBuilder("B9E8030000 89C8 83E007 FF24C3");
		for (int n = 0; n < 8; n++) {
			memory.set(ValueLayout.JAVA_LONG, DATA + 8 * n, CODE + 13 + 6 * n);
			code.append("4983C0").append(HexFormat.of().toHexDigits((byte) (n + 1)));
			code.append("EB").append(HexFormat.of().toHexDigits((byte) (42 - 6 * n)));
		}
		Cpu cpu = start(engine, code.append("FFC9 75C4 F4").toString());
		cpu.r[R8] = 0;
		engine.run();
		assertEquals(Exit.Kind.HALT, cpu.exit.kind);
		assertEquals(1000 / 8 * 36, cpu.r[R8]);
	}

	@Test
	void divisionsGiveQuotientsOrRaiseAsTheHandlerDoes() {
		for (String divide : new String[] {"F7 F3", "48 F7 F3", "F7 FB", "48 F7 FB"}) {
			for (long divisor : new long[] {1, 7, -1, -7, 0, 1L << 31, 1L << 63}) {
				for (long low : new long[] {0, 100, -100, 1L << 31, 1L << 63, -1L << 31}) {
					for (long high : new long[] {0, -1, 6, 1L << 31}) {
						divideAlike(divide, divisor, low, high);
					}
				}
			}
		}
	}

	private void divideAlike(String divide, long divisor, long low, long high) {
		long[][] seen = new long[2][];
		for (int n = 0; n < 2; n++) {
			Cpu cpu = start(engine, divide + " 83 E9 01 73 " + (divide.length() > 5 ? "F8" : "F9") + " F4");
			cpu.interceptedExceptions = 1 << Vector.DE;
			cpu.mmu.flush();
			cpu.r[Cpu.RBX] = divisor;
			cpu.r[Cpu.RAX] = low;
			cpu.r[Cpu.RDX] = high;
			cpu.r[Cpu.RCX] = 5;
			run(engine, n * HOT);
			seen[n] = new long[] {cpu.exit.kind.ordinal(), cpu.rip, cpu.rflags(), cpu.r[Cpu.RAX], cpu.r[Cpu.RDX], cpu.r[Cpu.RCX]};
		}
		assertArrayEquals(seen[0], seen[1], divide + " " + high + ":" + low + " by " + divisor);
	}

	/** Maps a page of the lowest 2 MiB. */
	private void map(long tables, long linear, long gpa) {
		for (int level = 0; level < 3; level++) {
			memory.set(ValueLayout.JAVA_LONG, tables + level * PAGE, tables + (level + 1) * PAGE | 7);
		}
		memory.set(ValueLayout.JAVA_LONG, tables + 3 * PAGE + linear / PAGE * 8, gpa | 7);
	}

	@Test
	void anExceptionInATranslatedLoopReachesTheGuestsHandler() {
		// mov $1000, %ecx; L: dec %ecx; mov $100, %eax; cdq; div %ecx; jmp L: ends by #DE, which is intercepted here
		Cpu cpu = start(engine, "B9 E8030000 FF C9 B8 64000000 99 F7 F1 EB F4");
		cpu.interceptedExceptions = 1 << Vector.DE;
		engine.run();
		assertEquals(Exit.Kind.EXCEPTION, cpu.exit.kind);
		assertEquals(CODE + 13, cpu.rip);
		assertEquals(0, cpu.r[Cpu.RCX] & 0xFFFFFFFFL);
		assertEquals(1 + 5 * 1000 - 2, engine.instructions());
		assertFalse(cpu.precise && cpu.exit.kind == Exit.Kind.NONE);
	}
}
