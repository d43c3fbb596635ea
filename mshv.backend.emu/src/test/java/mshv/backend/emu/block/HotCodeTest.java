package mshv.backend.emu.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Proxy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Platform;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.memory.PhysicalMemory;
import mshv.backend.emu.vectors.EngineTarget;

/** Which blocks become the first of a region. */
class HotCodeTest {
	private static final int PAGES = 4;
	private static final long CODE = 0x1000;
	private static final int HOT = 300;
	/** More instructions than a region takes. */
	private static final int LONG = 300;
	private static final int ROUNDS = 2000;

	private final Arena arena = Arena.ofConfined();
	private final MemorySegment memory = arena.allocate(PAGES * PhysicalMemory.PAGE_SIZE, PhysicalMemory.PAGE_SIZE);
	private final PhysicalMemory physical = new PhysicalMemory();
	private final BlockCache cache = new BlockCache(physical);
	private final Cpu cpu = new Cpu(physical, platform(), cache, arena);
	private final BlockRunner runner = new BlockRunner(cpu, cache, HOT);

	HotCodeTest() {
		for (int page = 0; page < PAGES; page++) {
			physical.setEntry(page, memory.address() + page * PhysicalMemory.PAGE_SIZE | PhysicalMemory.READ | PhysicalMemory.WRITE
				| PhysicalMemory.EXECUTE);
		}
		cache.connect(cpu, new BlockBuilder(cpu, physical, EngineTarget.handlers()));
		cpu.efer = Cpu.EFER_LME | Cpu.EFER_LMA;
		cpu.cr0 |= Cpu.CR0_PE;
		cpu.segments[Segment.CS].attributes |= Segment.LONG;
		cpu.contextChanged();
	}

	private static Platform platform() {
		return (Platform) Proxy.newProxyInstance(Platform.class.getClassLoader(), new Class<?>[] {Platform.class}, (proxy, method, arguments) ->
			switch (method.getName()) {
				case "apicPage" -> -1L;
				case "timeStampCounter" -> 0L;
				default -> throw new UnsupportedOperationException(method.getName());
			});
	}

	@AfterEach
	void free() {
		arena.close();
	}

	@Test
	void whatFollowsARegionBecomesOneOfItsOwn() {
		// L: 300 times inc %eax; dec %ecx; jnz L; inc %edx; hlt: one region is too small for the loop
		for (int n = 0; n < LONG; n++) {
			put(CODE + 2 * n, 0xFF, 0xC0);
		}
		long end = CODE + 2 * LONG;
		put(end, 0xFF, 0xC9, 0x0F, 0x85);
		memory.set(ValueLayout.JAVA_INT_UNALIGNED, end + 4, (int) (CODE - (end + 8)));
		put(end + 8, 0xFF, 0xC2, 0xF4);
		cpu.rip = CODE;
		cpu.r[Cpu.RAX] = 0;
		cpu.r[Cpu.RCX] = ROUNDS;
		while (cpu.rip != end + 11) {
			runner.run();
		}
		assertEquals((long) LONG * ROUNDS, cpu.r[Cpu.RAX]);
		int regions = 0;
		for (Block block = cache.find(CODE); block.following < end + 8; block = cache.find(block.following)) {
			regions += block.region != null ? 1 : 0;
		}
		assertTrue(regions > 1, "regions: " + regions);
		assertNotNull(cache.find(CODE).region);
		assertNull(cache.find(end + 8).region, "executed once");
	}

	private void put(long address, int... bytes) {
		for (int n = 0; n < bytes.length; n++) {
			memory.set(ValueLayout.JAVA_BYTE, address + n, (byte) bytes[n]);
		}
	}
}
