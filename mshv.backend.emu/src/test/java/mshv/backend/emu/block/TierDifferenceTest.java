package mshv.backend.emu.block;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.Platform;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.engine.Engine;
import mshv.backend.emu.memory.PhysicalMemory;

/** Random programs end in the same state in all tiers: what blocks and regions leave out or join together is not to be seen. */
class TierDifferenceTest {
	private static final int PROGRAMS = 3000;
	/** Making a class takes longer than interpreting a program. */
	private static final int TRANSLATED_PROGRAMS = 20;
	private static final int INSTRUCTIONS = 120;
	/** Often enough for a loop's blocks to be linked when it is translated. */
	private static final int LOOPS = 8;
	private static final int MOST_ROUNDS = 60;
	private static final int PAGES = 8;
	private static final long CODE = 0x1000;
	private static final long DATA = 0x4000;
	private static final long STACK = 0x7800;

	@Test
	void randomProgramsEndInTheSameStateInAllTiers() {
		try (Arena arena = Arena.ofConfined()) {
			Machine stepped = new Machine(arena, 0);
			List<Machine> others = List.of(new Machine(arena, 0), new Machine(arena, 1), new Machine(arena, LOOPS));
			for (long seed = 0; seed < PROGRAMS; seed++) {
				byte[] program = RandomProgram.generate(seed, INSTRUCTIONS);
				stepped.load(program, seed);
				do {
					stepped.engine.step();
				} while (stepped.engine.cpu().exit.kind == Exit.Kind.NONE);
				for (Machine other : seed % TRANSLATED_PROGRAMS == 0 ? others : others.subList(0, 1)) {
					other.load(program, seed);
					other.engine.run();
					compare(stepped, other, "program of seed " + seed + " translated after " + other.hot);
				}
			}
		}
	}

	private static void compare(Machine expected, Machine actual, String what) {
		assertEquals(Exit.Kind.HALT, expected.engine.cpu().exit.kind, what);
		assertEquals(Exit.Kind.HALT, actual.engine.cpu().exit.kind, what);
		assertEquals(expected.engine.cpu().rip, actual.engine.cpu().rip, what);
		assertArrayEquals(Arrays.copyOf(expected.engine.cpu().r, 16), Arrays.copyOf(actual.engine.cpu().r, 16), what);
		assertArrayEquals(expected.engine.cpu().xmm, actual.engine.cpu().xmm, what);
		assertEquals(expected.engine.cpu().mxcsr, actual.engine.cpu().mxcsr, what);
		assertEquals(expected.engine.cpu().rflags(), actual.engine.cpu().rflags(), what);
		assertArrayEquals(expected.memory.toArray(ValueLayout.JAVA_BYTE), actual.memory.toArray(ValueLayout.JAVA_BYTE), what);
		assertEquals(expected.count(), actual.count(), what);
	}

	/** A processor in 64-bit mode with a little memory, its paging identity. */
	private static final class Machine {
		private final MemorySegment memory;
		private final Engine engine;
		private final int hot;
		private long instructions;

		Machine(Arena arena, int hot) {
			this.hot = hot;
			memory = arena.allocate(PAGES * PhysicalMemory.PAGE_SIZE, PhysicalMemory.PAGE_SIZE);
			PhysicalMemory physical = new PhysicalMemory();
			for (int page = 0; page < PAGES; page++) {
				physical.setEntry(page, memory.address() + page * PhysicalMemory.PAGE_SIZE | PhysicalMemory.READ | PhysicalMemory.WRITE
					| PhysicalMemory.EXECUTE);
			}
			Platform platform = (Platform) Proxy.newProxyInstance(Platform.class.getClassLoader(), new Class<?>[] {Platform.class},
				(proxy, method, arguments) -> {
					if (method.getName().equals("apicPage")) {
						return -1L;
					}
					throw new UnsupportedOperationException(method.getName());
				});
			engine = new Engine(physical, platform, arena, hot);
		}

		void load(byte[] program, long seed) {
			Random random = new Random(~seed);
			Cpu cpu = engine.cpu();
			cpu.reset();
			cpu.efer = Cpu.EFER_LME | Cpu.EFER_LMA;
			cpu.cr0 |= Cpu.CR0_PE;
			cpu.cr4 |= Cpu.CR4_OSFXSR;
			cpu.segments[Segment.CS].attributes |= Segment.LONG;
			cpu.contextChanged();
			byte[] data = new byte[(int) (STACK - DATA)];
			random.nextBytes(data);
			MemorySegment.copy(data, 0, memory, ValueLayout.JAVA_BYTE, DATA, data.length);
			memory.asSlice(CODE, DATA - CODE).fill((byte) 0xF4);
			memory.asSlice(STACK).fill((byte) 0);
			MemorySegment.copy(program, 0, memory, ValueLayout.JAVA_BYTE, CODE, program.length);
			engine.cpu().mmu.flush();
			for (int n = 0; n < 16; n++) {
				cpu.r[n] = random.nextInt(3) == 0 ? random.nextInt(3) - 1 : random.nextLong();
			}
			for (int n = 0; n < 32; n++) {
				cpu.xmm[n] = random.nextInt(3) == 0 ? Double.doubleToLongBits(random.nextInt(100) - 50) : random.nextLong();
			}
			cpu.r[Cpu.RBX] = DATA + random.nextInt(64);
			cpu.r[Cpu.RSP] = STACK;
			cpu.r[15] = random.nextInt(100);
			cpu.setSegmentBase(Segment.FS, random.nextInt(0x100));
			cpu.setSegmentBase(Segment.GS, random.nextInt(0x1000));
			memory.set(ValueLayout.JAVA_INT, STACK + RandomProgram.ROUNDS, random.nextInt(MOST_ROUNDS));
			cpu.rip = CODE;
			instructions = engine.instructions();
		}

		long count() {
			return engine.instructions() - instructions;
		}
	}
}
