package mshv.backend.emu.exec.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Flag;

class ProcessorControlTest {
	private static final Guest.Fault REFUSED = new Guest.Fault(13, 0);

	private static void moveToCr(Guest guest, int register, long value) {
		guest.cpu.r[Cpu.RAX] = value;
		guest.execute(0x0F, 0x22, 0xC0 | register << 3);
	}

	private static Guest.Fault refusalOfCr(Guest guest, int register, long value) {
		guest.cpu.r[Cpu.RAX] = value;
		return guest.fault(0x0F, 0x22, 0xC0 | register << 3);
	}

	@Test
	void controlRegistersRefuseWhatIsReserved() {
		try (Guest guest = Guest.longMode()) {
			Cpu cpu = guest.cpu;
			assertEquals(REFUSED, refusalOfCr(guest, 0, cpu.cr0 | 1L << 32));
			assertEquals(REFUSED, refusalOfCr(guest, 0, cpu.cr0 | Cpu.CR0_NW));
			assertEquals(REFUSED, refusalOfCr(guest, 0, cpu.cr0 & ~1L));
			assertEquals(REFUSED, refusalOfCr(guest, 3, 1L << 40));
			assertEquals(REFUSED, refusalOfCr(guest, 4, 0));
			assertEquals(REFUSED, refusalOfCr(guest, 4, Cpu.CR4_PAE | 1 << 18));
			assertEquals(REFUSED, refusalOfCr(guest, 4, Cpu.CR4_PAE | 1 << 12));
			moveToCr(guest, 4, Cpu.CR4_PAE | Cpu.CR4_SMEP | Cpu.CR4_SMAP);
			assertEquals(Cpu.CR4_PAE | Cpu.CR4_SMEP | Cpu.CR4_SMAP, cpu.cr4);
			guest.asUser();
			assertEquals(REFUSED, refusalOfCr(guest, 3, Guest.PAGE_TABLES));
			assertEquals(REFUSED, guest.fault(0x0F, 0x20, 0xC0));
		}
	}

	@Test
	void aCr3WriteForgetsTranslations() {
		try (Guest guest = Guest.longMode()) {
			Cpu cpu = guest.cpu;
			assertEquals(0, cpu.readByte(0x20000));
			guest.put64(Guest.PAGE_TABLES + 0x3000 + 8 * 0x20, 0);
			moveToCr(guest, 3, Guest.PAGE_TABLES);
			assertEquals(Vector.PF, guest.faultOf(() -> cpu.readByte(0x20000)).vector());
			assertEquals(0x20000, cpu.cr2);
		}
	}

	@Test
	void invlpgForgetsOneTranslation() {
		try (Guest guest = Guest.longMode()) {
			Cpu cpu = guest.cpu;
			cpu.readByte(0x20000);
			guest.put64(Guest.PAGE_TABLES + 0x3000 + 8 * 0x20, 0);
			cpu.r[Cpu.RBX] = 0x20123;
			guest.execute(0x0F, 0x01, 0x3B);
			assertEquals(Vector.PF, guest.faultOf(() -> cpu.readByte(0x20000)).vector());
		}
	}

	@Test
	void paePagingLoadsItsPointersWithCr3AndChecksThem() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			cpu.cr4 = Cpu.CR4_PAE;
			cpu.cr3 = 0x20020;
			guest.put64(0x20020, 0x21001);
			moveToCr(guest, 0, cpu.cr0 | Cpu.CR0_PG);
			assertEquals(0x21001, cpu.pdptr[0]);
			guest.put64(0x22000, 0x21003);
			assertEquals(REFUSED, refusalOfCr(guest, 3, 0x22000));
			assertEquals(0x20020, cpu.cr3);
			assertEquals(0x21001, cpu.pdptr[0]);
		}
	}

	@Test
	void cr8IsTheTaskPriority() {
		try (Guest guest = Guest.longMode()) {
			guest.cpu.r[Cpu.RAX] = 9;
			guest.execute(0x44, 0x0F, 0x22, 0xC0);
			assertEquals(9, guest.platform.taskPriority);
			guest.execute(0x44, 0x0F, 0x20, 0xC1);
			assertEquals(9, guest.cpu.r[Cpu.RCX]);
			guest.cpu.r[Cpu.RAX] = 16;
			assertEquals(REFUSED, guest.fault(0x44, 0x0F, 0x22, 0xC0));
		}
	}

	@Test
	void lmswCannotLeaveProtectedModeAndCltsClearsTs() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			cpu.r[Cpu.RAX] = 0xFFF8;
			guest.execute(0x0F, 0x01, 0xF0);
			assertEquals(Cpu.CR0_PE | Cpu.CR0_NE | Cpu.CR0_ET | Cpu.CR0_TS, cpu.cr0);
			guest.execute(0x0F, 0x06);
			assertEquals(Cpu.CR0_PE | Cpu.CR0_NE | Cpu.CR0_ET, cpu.cr0);
		}
	}

	@Test
	void stiOpensAShadowOnlyIfInterruptsWereDisabled() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			cpu.interruptHeld = true;
			guest.execute(0xFB);
			assertTrue(cpu.interruptShadow());
			assertFalse(cpu.interruptHeld);
			assertTrue((cpu.attention & Cpu.ATTENTION_INTERRUPT) != 0);
			cpu.endShadow();
			guest.execute(0xFB);
			assertFalse(cpu.interruptShadow());
			guest.execute(0xFA);
			assertEquals(Flag.FIXED, cpu.rflags());
			guest.asUser();
			assertEquals(REFUSED, guest.fault(0xFA));
			assertEquals(REFUSED, guest.fault(0xFB));
			cpu.systemFlags |= Flag.IOPL;
			guest.execute(0xFB);
			assertEquals(REFUSED, guest.fault(0xF4));
		}
	}

	@Test
	void hltLeavesPastTheInstruction() {
		try (Guest guest = Guest.protectedMode()) {
			guest.execute(0xF4);
			assertEquals(Exit.Kind.HALT, guest.cpu.exit.kind);
			assertEquals(Guest.CODE_AT + 1, guest.cpu.rip);
		}
	}

	@Test
	void stacAndClacAreForTheSupervisor() {
		try (Guest guest = Guest.longMode()) {
			guest.execute(0x0F, 0x01, 0xCB);
			assertEquals(Flag.AC | Flag.FIXED, guest.cpu.rflags());
			guest.execute(0x0F, 0x01, 0xCA);
			assertEquals(Flag.FIXED, guest.cpu.rflags());
			guest.asUser();
			assertEquals(Vector.UD, guest.fault(0x0F, 0x01, 0xCB).vector());
		}
	}

	private static void msr(Guest guest, int index, long value) {
		guest.cpu.r[Cpu.RCX] = index & 0xFFFFFFFFL;
		guest.cpu.r[Cpu.RAX] = value & 0xFFFFFFFFL;
		guest.cpu.r[Cpu.RDX] = value >>> 32;
	}

	private static Guest.Fault refusalOfMsr(Guest guest, int index, long value) {
		msr(guest, index, value);
		return guest.fault(0x0F, 0x30);
	}

	private static long throughMsr(Guest guest, int index, long value) {
		msr(guest, index, value);
		guest.execute(0x0F, 0x30);
		guest.cpu.r[Cpu.RAX] = 0;
		guest.cpu.r[Cpu.RDX] = 0;
		guest.execute(0x0F, 0x32);
		return guest.cpu.r[Cpu.RDX] << 32 | guest.cpu.r[Cpu.RAX];
	}

	@Test
	void modelSpecificRegistersAreCheckedAndKept() {
		try (Guest guest = Guest.longMode()) {
			Cpu cpu = guest.cpu;
			long canonical = 0xFFFF_8765_4321_0ABCL;
			for (int index : new int[] {0x175, 0x176, 0xC0000082, 0xC0000083, 0xC0000100, 0xC0000101, 0xC0000102}) {
				assertEquals(canonical, throughMsr(guest, index, canonical));
				assertEquals(REFUSED, refusalOfMsr(guest, index, 0x8000_0000_0000L));
			}
			assertEquals(canonical, cpu.r[Cpu.GS_BASE]);
			assertEquals(-1, throughMsr(guest, 0xC0000081, -1));
			assertEquals(0xFFFFFFFFL, throughMsr(guest, 0xC0000084, 0xFFFFFFFFL));
			assertEquals(REFUSED, refusalOfMsr(guest, 0xC0000103, 1L << 32));
			assertEquals(0x0001040506070000L, throughMsr(guest, 0x277, 0x0001040506070000L));
			assertEquals(REFUSED, refusalOfMsr(guest, 0x277, 0x0200));
			assertEquals(REFUSED, refusalOfMsr(guest, 0x277, 0x0800));
			assertEquals(77, throughMsr(guest, 0x10, 77));
			guest.platform.msrs.put(0x40000000, 1L);
			assertEquals(5, throughMsr(guest, 0x40000000, 5));
			assertEquals(REFUSED, refusalOfMsr(guest, 0x12345, 5));
			guest.asUser();
			assertEquals(REFUSED, refusalOfMsr(guest, 0x10, 5));
			assertEquals(REFUSED, guest.fault(0x0F, 0x32));
		}
	}

	@Test
	void eferKeepsLmaAndRefusesLmeWhilePaging() {
		try (Guest guest = Guest.longMode()) {
			assertEquals(REFUSED, refusalOfMsr(guest, 0xC0000080, 0));
			assertEquals(REFUSED, refusalOfMsr(guest, 0xC0000080, Cpu.EFER_LME | 1 << 12));
			assertEquals(Cpu.EFER_LME | Cpu.EFER_LMA | Cpu.EFER_NXE,
				throughMsr(guest, 0xC0000080, Cpu.EFER_LME | Cpu.EFER_NXE));
		}
	}

	@Test
	void thePlatformAnswersCpuidTscAndHypercalls() {
		try (Guest guest = Guest.longMode().asUser()) {
			Cpu cpu = guest.cpu;
			cpu.r[Cpu.RAX] = 0xFFFFFFFF_00000007L;
			cpu.r[Cpu.RCX] = 2;
			guest.execute(0x0F, 0xA2);
			assertEquals(7, cpu.r[Cpu.RAX]);
			assertEquals(0xFFFFFFFFL, cpu.r[Cpu.RBX]);
			assertEquals(2, cpu.r[Cpu.RCX]);
			guest.platform.counter = 0x1_2345_6789L;
			cpu.tscAux = 42;
			guest.execute(0x0F, 0x01, 0xF9);
			assertEquals(0x2345_6789, cpu.r[Cpu.RAX]);
			assertEquals(1, cpu.r[Cpu.RDX]);
			assertEquals(42, cpu.r[Cpu.RCX]);
			cpu.cr4 |= Cpu.CR4_TSD;
			assertEquals(REFUSED, guest.fault(0x0F, 0x31));
			assertEquals(REFUSED, guest.fault(0x0F, 0x33));
			guest.execute(0x0F, 0x01, 0xC1);
			guest.execute(0x0F, 0x01, 0xD9);
			assertEquals(2, guest.platform.hypercalls);
			assertEquals(Vector.UD, guest.fault(0x0F, 0x01, 0xC8).vector());
			assertEquals(Vector.UD, guest.fault(0x0F, 0x0B).vector());
		}
	}

	@Test
	void debugRegistersHaveFixedBitsAliasesAndGeneralDetect() {
		try (Guest guest = Guest.longMode()) {
			Cpu cpu = guest.cpu;
			guest.longGate(1, Guest.CODE64, 0x9000, 14, 0, 0);
			cpu.r[Cpu.RAX] = 0xFFFFFFFFL;
			guest.execute(0x0F, 0x23, 0xF0); // mov dr6, rax
			assertEquals(0xFFFFEFFFL, cpu.dr[6]);
			cpu.r[Cpu.RAX] = 1L << 32;
			assertEquals(REFUSED, guest.fault(0x0F, 0x23, 0xF8));
			cpu.r[Cpu.RAX] = 3;
			guest.execute(0x0F, 0x23, 0xE8); // mov dr5, rax
			assertEquals(0x403, cpu.dr[7]);
			assertTrue((cpu.attention & Cpu.ATTENTION_PRECISE) != 0);
			cpu.cr4 |= Cpu.CR4_DE;
			assertEquals(Vector.UD, guest.fault(0x0F, 0x21, 0xE0).vector());
			cpu.dr[6] = 0xFFFF0FF0L;
			cpu.dr[7] = 0x2400;
			assertEquals(Vector.DB, guest.fault(0x0F, 0x21, 0xC0).vector());
			Interrupts.deliverFault(cpu, cpu.fault);
			assertEquals(0xFFFF2FF0L, cpu.dr[6]);
			assertEquals(0x400, cpu.dr[7]);
			guest.execute(0x0F, 0x21, 0xC0);
			guest.asUser();
			assertEquals(REFUSED, guest.fault(0x0F, 0x21, 0xC0));
		}
	}

	@Test
	void instructionBreakpointsMatchUnlessRfIsSet() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			guest.gate(1, Guest.CODE, 0x9000, 14, 0);
			cpu.dr[1] = Guest.CODE_AT;
			assertEquals(0, Debug.instructionBreakpoints(cpu));
			cpu.dr[7] = 0x404;
			assertTrue(Debug.needsPrecise(cpu));
			assertEquals(2, Debug.instructionBreakpoints(cpu));
			cpu.systemFlags |= Flag.RF;
			assertEquals(0, Debug.instructionBreakpoints(cpu));
			cpu.systemFlags &= ~Flag.RF;
			cpu.dr[6] |= 1;
			Interrupts.deliverDebug(cpu, 2);
			assertEquals(0xFFFF0FF2L, cpu.dr[6]);
			assertEquals(Flag.FIXED, guest.get32(Guest.STACK - 4));
			assertEquals(Guest.CODE_AT, guest.get32(Guest.STACK - 12));
		}
	}

	@Test
	void trapsAreCollectedAfterTheInstructionExceptInTheShadowOfMovSs() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			cpu.pendingDebug = 4;
			guest.loadSegment(Segment.SS, Guest.DATA);
			cpu.r[Cpu.RAX] = Guest.DATA;
			guest.execute(0x8E, 0xD0);
			assertEquals(0, Debug.afterInstruction(cpu, guest.instruction, Flag.TF));
			cpu.systemFlags |= Flag.RF;
			guest.execute(0x0F, 0x06);
			assertEquals(4 | 1 << 14, Debug.afterInstruction(cpu, guest.instruction, Flag.TF));
			assertEquals(0, cpu.systemFlags & Flag.RF);
			assertEquals(0, Debug.afterInstruction(cpu, guest.instruction, 0));
		}
	}

	@Test
	void aSingleStepTrapIsDueInsteadOfAHalt() {
		try (Guest guest = Guest.protectedMode()) {
			guest.cpu.systemFlags |= Flag.TF;
			guest.execute(0xF4);
			assertEquals(Exit.Kind.NONE, guest.cpu.exit.kind);
			assertEquals(Guest.CODE_AT + 1, guest.cpu.rip);
		}
	}

	@Test
	void int1ReportsTheBreakpointsThatMovSsHeldBackAndAFaultForgetsThem() {
		try (Guest guest = Guest.protectedMode()) {
			Cpu cpu = guest.cpu;
			guest.gate(1, Guest.CODE, 0x9000, 14, 0);
			guest.gate(6, Guest.CODE, 0x9000, 14, 0);
			cpu.pendingDebug = 2;
			guest.execute(0xF1);
			assertEquals(0xFFFF0FF2L, cpu.dr[6]);
			assertEquals(0, cpu.pendingDebug);
			cpu.pendingDebug = 2;
			Interrupts.deliverFault(cpu, cpu.raise(Vector.UD));
			assertEquals(0, cpu.pendingDebug);
		}
	}

	@Test
	void rfIsNotKeptWhereNothingWouldEndIt() {
		try (Guest guest = Guest.protectedMode()) {
			guest.put32(Guest.STACK, 0x9000);
			guest.put32(Guest.STACK + 4, Guest.CODE);
			guest.put32(Guest.STACK + 8, Flag.RF | Flag.FIXED);
			guest.execute(0xCF);
			assertEquals(Flag.FIXED, guest.cpu.rflags());
		}
	}
}
