package mshv.tck.register;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;
import mshv.api.abi.InterceptMessage;
import mshv.api.abi.RegisterPage;
import mshv.tck.Conformance;
import mshv.tck.Guest;
import mshv.tck.GuestCode;
import mshv.tck.Rule;
import mshv.tck.Section;

@Rule(Section.SHARED_PAGES)
@Conformance("shared pages")
class SharedRegisterPage {
	/** Length of MOV DX. */
	private static final int FIRST_OUT = 4;

	private final Hypervisor hypervisor;
	private Guest guest;
	private VirtualProcessor processor;
	private MemorySegment page;

	SharedRegisterPage(Hypervisor hypervisor) {
		this.hypervisor = hypervisor;
	}

	@BeforeEach
	void create() {
		// Then PUSHF; POP RDX; MOVQ RCX, XMM3; OUT
		guest = Guest.inLongMode(hypervisor,
			GuestCode.forLongMode().movDx(0x80).out(4).raw(0x9C, 0x5A).raw(0x66, 0x48, 0x0F, 0x7E, 0xD9).out(4));
		processor = guest.processor();
		page = processor.registerPage();
	}

	@AfterEach
	void close() {
		guest.close();
	}

	private void assertMirrors(long value, int offset) {
		assertEquals(Long.toHexString(value), Long.toHexString(page.get(JAVA_LONG, offset)), () -> "offset " + offset);
	}

	/** Runs to the first port access, and moves RIP past it through the page. */
	private void runAndSkip() {
		Intercept.IoPort access = guest.run(Intercept.IoPort.class);
		page.set(JAVA_LONG, RegisterPage.RIP, access.header().rip() + access.header().instructionLength());
	}

	private void setDirty(int classes) {
		page.set(JAVA_INT, RegisterPage.DIRTY, classes);
	}

	@Test
	void thePageIsValidAndCleanBeforeTheFirstRun() {
		assertEquals(4096, page.byteSize());
		assertEquals(1, page.get(JAVA_SHORT, RegisterPage.VERSION));
		assertEquals(1, page.get(JAVA_BYTE, RegisterPage.IS_VALID));
		assertEquals(0, page.get(JAVA_INT, RegisterPage.DIRTY));
		assertMirrors(Guest.CODE, RegisterPage.RIP);
	}

	@Test
	void thePageMirrorsTheProcessorAfterAnExit() {
		processor.setRegisters(Map.of(Register.RAX, RegisterValue.of(0x1234_5678_9ABCL), Register.RDX, RegisterValue.of(0),
			Register.R15, RegisterValue.of(15),
			Register.XMM5, new RegisterValue(1, 2)));
		guest.run(Intercept.IoPort.class);
		assertEquals(1, page.get(JAVA_BYTE, RegisterPage.IS_VALID));
		assertEquals(0, page.get(JAVA_INT, RegisterPage.DIRTY));
		assertMirrors(0x1234_5678_9ABCL, RegisterPage.RAX);
		assertMirrors(0x80, RegisterPage.RAX + 16);
		assertMirrors(15, RegisterPage.RAX + 15 * 8);
		assertMirrors(Guest.CODE + FIRST_OUT, RegisterPage.RIP);
		assertMirrors(2, RegisterPage.RFLAGS);
		assertMirrors(1, RegisterPage.XMM0 + 5 * 16);
		assertMirrors(2, RegisterPage.XMM0 + 5 * 16 + 8);
		RegisterValue cs = processor.getRegisters(List.of(Register.CS)).getFirst();
		assertMirrors(cs.low(), RegisterPage.ES + 16);
		assertMirrors(cs.high(), RegisterPage.ES + 24);
		assertMirrors(0x8001_0033L, RegisterPage.CR0);
		assertMirrors(0x620, RegisterPage.CR4);
		assertMirrors(0x500, RegisterPage.EFER);
	}

	@Test
	void aRegisterThatIsWrittenOtherwiseIsMirrored() {
		guest.run(Intercept.IoPort.class);
		processor.setRegister(Register.RBX, 77);
		assertMirrors(77, RegisterPage.RAX + 3 * 8);
	}

	@Test
	void whatIsNotFlaggedIsIgnored() {
		runAndSkip();
		page.set(JAVA_LONG, RegisterPage.RAX, 77);
		setDirty(RegisterPage.DIRTY_IP);
		Intercept.IoPort second = guest.run(Intercept.IoPort.class);
		assertEquals(0, second.rax());
		assertEquals(0, page.get(JAVA_INT, RegisterPage.DIRTY));
		assertMirrors(0, RegisterPage.RAX);
	}

	@Test
	void aNewInstructionPointerThatIsNotFlaggedIsIgnored() {
		runAndSkip();
		assertEquals(Guest.CODE + FIRST_OUT, guest.run(Intercept.IoPort.class).header().rip());
	}

	@Test
	void generalRegistersThatAreFlaggedAreTaken() {
		runAndSkip();
		page.set(JAVA_LONG, RegisterPage.RAX, 77);
		setDirty(RegisterPage.DIRTY_IP | RegisterPage.DIRTY_GENERAL);
		assertEquals(77, guest.run(Intercept.IoPort.class).rax());
	}

	@Test
	void flagsThatAreFlaggedAreTaken() {
		runAndSkip();
		page.set(JAVA_LONG, RegisterPage.RFLAGS, 3);
		setDirty(RegisterPage.DIRTY_IP | RegisterPage.DIRTY_FLAGS);
		guest.run(Intercept.IoPort.class);
		assertEquals(3, processor.getRegister(Register.RDX));
	}

	@Test
	void vectorRegistersThatAreFlaggedAreTaken() {
		runAndSkip();
		page.set(JAVA_LONG, RegisterPage.XMM0 + 3 * 16, 0x1122_3344_5566_7788L);
		setDirty(RegisterPage.DIRTY_IP | RegisterPage.DIRTY_XMM);
		guest.run(Intercept.IoPort.class);
		assertEquals(0x1122_3344_5566_7788L, processor.getRegister(Register.RCX));
	}

	@Test
	void segmentsThatAreFlaggedAreTaken() {
		runAndSkip();
		page.set(JAVA_LONG, RegisterPage.ES + 5 * 16, 0xFFFF_8000_0000_0000L);
		setDirty(RegisterPage.DIRTY_IP | RegisterPage.DIRTY_SEGMENT);
		guest.run(Intercept.IoPort.class);
		assertEquals(0xFFFF_8000_0000_0000L, processor.getRegisters(List.of(Register.GS)).getFirst().segmentBase());
	}

	@Test
	void theInterceptPageHasTheMessageOfTheLastRun() {
		Intercept.IoPort access = guest.run(Intercept.IoPort.class);
		assertEquals(access, InterceptMessage.decode(processor.interceptPage()));
	}
}
