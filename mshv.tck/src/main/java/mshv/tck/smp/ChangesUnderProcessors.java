package mshv.tck.smp;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;

import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.MemoryRegion;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

/** Code and mappings that change while several processors use them. */
@Conformance("several processors: changing code and mappings")
class ChangesUnderProcessors {
	private static final long FUNCTION = 0x5000;
	private static final long FLAG = Processors.DATA, ANSWER = Processors.DATA + 0x100;
	private static final int LAST = 120;

	private final Hypervisor hypervisor;

	ChangesUnderProcessors(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	/** Cross-modifying code (Intel SDM vol. 3, 9.1.3): the writer changes MOV AL, then sets a flag; the other processor sees the flag,
	 * serializes, and executes what was written. */
	@Test
	void whatIsExecutedAfterASerializingInstructionIsWhatWasWrittenBeforeTheFlag() {
		GuestCode writer = GuestCode.forLongMode().movEcx(1);
		int next = writer.position();
		// MOV [FUNCTION + 1], CL; MOV [FLAG], CL; CMP [ANSWER], CL; JNE; INC ECX; CMP ECX, LAST + 1; JNE
		writer.raw(0x88, 0x0C, 0x25, 0x01, 0x50, 0, 0, 0x88, 0x0C, 0x25, 0, 0, 0x08, 0, 0x38, 0x0C, 0x25, 0, 1, 0x08, 0, 0x75, 0xF7);
		writer.raw(0xFF, 0xC1, 0x83, 0xF9, LAST + 1);
		writer.raw(0x75, next - writer.position() - 2).movAl(1).out(1);

		GuestCode executor = GuestCode.forLongMode().raw(0x41, 0xB8, 1, 0, 0, 0);
		int loop = executor.position();
		// MOV R8D, 1; loop: CMP [FLAG], R8B; JNE; XOR EAX, EAX; CPUID; MOV RAX, FUNCTION; CALL RAX; CMP AL, R8B; JNE wrong
		executor.raw(0x44, 0x38, 0x04, 0x25, 0, 0, 0x08, 0, 0x75, 0xF6, 0x31, 0xC0).cpuid().movRax(FUNCTION).raw(0xFF, 0xD0);
		executor.raw(0x44, 0x38, 0xC0, 0x75, 0x14);
		// MOV [ANSWER], R8B; INC R8D; CMP R8D, LAST + 1; JNE loop; MOV AL, 1; wrong: OUT
		executor.raw(0x44, 0x88, 0x04, 0x25, 0, 1, 0x08, 0, 0x41, 0xFF, 0xC0, 0x41, 0x83, 0xF8, LAST + 1);
		executor.raw(0x75, loop - executor.position() - 2).movAl(LAST + 7).raw(0x90).out(1);
		try (Processors processors = new Processors(hypervisor, List.of(writer, executor))) {
			for (int run = 0; run < 20; run++) {
				processors.guest().ram().set(JAVA_LONG, FLAG, 0);
				processors.guest().ram().set(JAVA_LONG, ANSWER, 0);
				processors.guest().write(FUNCTION, GuestCode.forLongMode().movAl(0).raw(0xC3).toBytes());
				processors.load(0, writer);
				processors.load(1, executor);
				List<Future<Intercept>> runs = processors.start();
				assertEquals(LAST + 7, Processors.report(runs.get(1)), "another value is that of an old function");
				assertEquals(1, Processors.report(runs.get(0)));
			}
		}
	}

	/** Once memory has been unmapped, no processor writes to it: its owner may use it for something else. */
	@Test
	void unmappingIsCompleteOnAllProcessors() {
		// MOV RAX, 1; loop: MOV [RDI], RAX; JMP loop
		GuestCode store = GuestCode.forLongMode().movRdi(Guest.NOWHERE).movRax(1);
		int loop = store.position();
		store.raw(0x48, 0x89, 0x07).jump(loop);
		List<GuestCode> programs = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			programs.add(store);
		}
		try (Processors processors = new Processors(hypervisor, programs)) {
			Guest guest = processors.guest();
			for (int round = 0; round < 10; round++) {
				MemorySegment page = guest.memory(0x1000);
				MemoryRegion region = MemoryRegion.ram(Guest.NOWHERE, page);
				guest.partition().mapMemory(region);
				for (int i = 0; i < 4; i++) {
					processors.load(i, store);
				}
				List<Future<Intercept>> runs = processors.start();
				Guest.await("somebody stores", () -> (long) JAVA_LONG.varHandle().getVolatile(page, 0L) == 1);
				guest.partition().unmapMemory(region);
				page.set(JAVA_LONG, 0, 2);
				for (Future<Intercept> run : runs) {
					assertEquals(Guest.NOWHERE, assertInstanceOf(Intercept.Memory.class, Guest.join(run)).guestAddress());
				}
				assertEquals(2, page.get(JAVA_LONG, 0));
			}
		}
	}
}
