package mshv.backend.emu.exec.integer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.Operands;
import mshv.backend.emu.isa.Flag;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ExchangeTest {
	private static final int ROUNDS = 100_000;

	private final TestGuest guest = TestGuest.longMode();
	private final Cpu cpu = guest.cpu;

	@AfterEach
	void close() {
		guest.close();
	}

	@Test
	void exchangeSwapsRegisterAndMemory() {
		guest.write(0x2003, 2, 0xBEEF);
		cpu.r[Cpu.RAX] = 0x1_1234;
		cpu.r[Cpu.RBX] = 0x2003;
		guest.run("66 87 03"); // xchg [rbx],ax
		assertEquals(0x1_BEEF, cpu.r[Cpu.RAX]);
		assertEquals(0x1234, guest.read(0x2003, 2));
	}

	@Test
	void exchangeAndAddWithOneRegisterDoublesIt() {
		cpu.r[Cpu.RAX] = 21;
		guest.run("48 0f c1 c0"); // xadd rax,rax
		assertEquals(42, cpu.r[Cpu.RAX]);
	}

	@Test
	void failedComparisonLoadsTheAccumulatorAndNeedsWriteAccess() {
		guest.write(0x2000, 4, 0x8000_0001L);
		cpu.r[Cpu.RBX] = 0x2000;
		cpu.r[Cpu.RAX] = -1;
		guest.run("0f b1 0b"); // cmpxchg [rbx],ecx
		assertEquals(0x8000_0001L, cpu.r[Cpu.RAX]);
		assertFalse(guest.flag(Flag.ZF));
		guest.memory.setEntry(2, guest.memory.entry(2) & ~2L);
		cpu.mmu.flush();
		cpu.r[Cpu.RAX] = 5;
		assertEquals(GuestFault.EXIT, guest.run("0f b1 0b"));
		assertEquals(5, cpu.r[Cpu.RAX]);
	}

	@Test
	void failedComparisonLeavesARegisterUntouched() {
		cpu.r[Cpu.RDX] = -2;
		cpu.r[Cpu.RAX] = 7;
		guest.run("0f b1 ca"); // cmpxchg edx,ecx
		assertEquals(-2, cpu.r[Cpu.RDX]);
		assertEquals(0xFFFF_FFFEL, cpu.r[Cpu.RAX]);
	}

	@Test
	void compareAndExchangeOf8BytesChangesOnlyZero() {
		guest.write(0x2000, 8, 0x1111_2222_3333_4444L);
		cpu.r[Cpu.RSI] = 0x2000;
		cpu.r[Cpu.RDX] = 0x1111_2222L;
		cpu.r[Cpu.RAX] = 0x3333_4444L;
		cpu.r[Cpu.RCX] = 0xAAAA_BBBBL;
		cpu.r[Cpu.RBX] = 0xCCCC_DDDDL;
		cpu.setArithmeticFlags(Flag.CF | Flag.OF);
		guest.run("f0 0f c7 0e"); // lock cmpxchg8b [rsi]
		assertEquals(0xAAAA_BBBB_CCCC_DDDDL, guest.read(0x2000, 8));
		assertEquals(Flag.CF | Flag.OF | Flag.ZF, cpu.arithmeticFlags());
		guest.run("f0 0f c7 0e");
		assertEquals(0xAAAA_BBBBL, cpu.r[Cpu.RDX]);
		assertEquals(0xCCCC_DDDDL, cpu.r[Cpu.RAX]);
		assertEquals(Flag.CF | Flag.OF, cpu.arithmeticFlags());
	}

	@Test
	void instructionsThatAreNotOfferedAreUndefined() {
		assertEquals(Vector.UD, guest.run("48 0f c7 0e")); // cmpxchg16b [rsi]
		assertEquals(Vector.UD, guest.run("f3 0f b8 c1")); // popcnt eax,ecx
	}

	/** Every width, aligned and not, as far as a word of eight bytes holds the operand. */
	@Test
	void lockedIncrementsOfTwoProcessorsAreAllCounted() throws InterruptedException {
		String[] increments = {"f0 fe 03", "f0 66 ff 03", "f0 ff 03", "f0 48 ff 03"};
		int[] sizes = {1, 2, 4, 8};
		int[] places = {3, 5, 2, 0};
		for (int i = 0; i < increments.length; i++) {
			long address = 0x2000 + 16 * i + places[i];
			race(increments[i], address);
			assertEquals(2 * ROUNDS & Operands.mask(sizes[i]), guest.read(address, sizes[i]), increments[i]);
			assertEquals(0, guest.read(address - 1, 1), increments[i]);
			assertEquals(0, guest.read(address + sizes[i], 1), increments[i]);
		}
	}

	private void race(String increment, long address) throws InterruptedException {
		List<Thread> threads = new ArrayList<>();
		List<TestGuest> processors = List.of(guest.sibling(), guest.sibling());
		for (TestGuest processor : processors) {
			processor.cpu.r[Cpu.RBX] = address;
			processor.decode(increment);
			threads.add(Thread.ofPlatform().start(() -> {
				for (int i = 0; i < ROUNDS; i++) {
					processor.execute();
				}
			}));
		}
		for (Thread thread : threads) {
			thread.join();
		}
		processors.forEach(TestGuest::close);
	}
}
