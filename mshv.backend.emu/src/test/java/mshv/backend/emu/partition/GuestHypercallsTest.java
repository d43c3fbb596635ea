package mshv.backend.emu.partition;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.HvStatus;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.abi.CallCode;
import mshv.api.abi.ConnectPortInput;
import mshv.api.abi.ConnectionInfo;
import mshv.api.abi.CreatePortInput;
import mshv.api.abi.PartitionProperty;
import mshv.api.abi.PortInfo;
import mshv.api.abi.PortType;
import mshv.backend.emu.Root;
import mshv.backend.emu.guest.SyntheticFeatures;

/** Hypercalls that a guest makes; what they do to interrupts and messages is looked at where the guest can see it. */
class GuestHypercallsTest {
	private static final long CODE = 0x1000, INPUT = 0x3000, OUTPUT = 0x4000, MESSAGES = 0x5000, FLAGS = 0x6000, PAGE = 0x7000;
	private static final long FAST = 1 << 16;
	/** VMCALL; OUT 0x80, AL; JMP to the VMCALL. */
	private static final byte[] PROGRAM = {0x0F, 0x01, (byte) 0xC1, (byte) 0xE6, (byte) 0x80, (byte) 0xEB, (byte) 0xF9};
	private static final int FLUSH_SPACE = 2, FLUSH_LIST = 3, SPIN = 8, IPI = 0xB, FLUSH_SPACE_EX = 0x13, FLUSH_LIST_EX = 0x14, IPI_EX = 0x15,
		POST = 0x5C, SIGNAL = 0x5D, START = 0x99, INDEX = 0x9A, CAPABILITIES = 0x8001;

	private final Root root = new Root();
	private long partition;
	private MemorySegment memory;

	@AfterEach
	void close() {
		root.close();
	}

	/** Makes a guest in 64-bit mode with an enabled hypercall page. */
	private void guest(long features) {
		partition = root.createPartition(Root.STANDARD);
		assertEquals(HvStatus.SUCCESS, root.deposit(partition, 300));
		assertEquals(HvStatus.SUCCESS, root.setProperty(partition, PartitionProperty.SYNTHETIC_PROC_FEATURES, features));
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.INITIALIZE_PARTITION, partition, 0));
		memory = root.map(partition, 0, 16);
		MemorySegment.copy(PROGRAM, 0, memory, ValueLayout.JAVA_BYTE, CODE, PROGRAM.length);
		root.createVp(partition, 0);
		root.flat64(partition, 0, memory, CODE);
		root.set(partition, 0, Register.GUEST_OS_ID, 1);
		root.set(partition, 0, Register.HYPERCALL, PAGE | 1);
	}

	/** Has the guest make a call. @return its result */
	private long call(long control, long first, long second) throws InterruptedException {
		root.set(partition, 0, Register.RIP, CODE);
		root.set(partition, 0, Register.RCX, control);
		root.set(partition, 0, Register.RDX, first);
		root.set(partition, 0, Register.R8, second);
		assertInstanceOf(Intercept.IoPort.class, root.run(partition, 0));
		return root.get(partition, 0, Register.RAX);
	}

	private HvStatus status(long control, long first, long second) throws InterruptedException {
		return HvStatus.of((int) call(control, first, second) & 0xFFFF);
	}

	private static long repetitions(int code, int count, int start) {
		return code | (long) count << 32 | (long) start << 48;
	}

	@Test
	void withoutHypercallPageTheInstructionIsUndefined() throws InterruptedException {
		guest(SyntheticFeatures.OFFERED);
		root.set(partition, 0, Register.HYPERCALL, 0);
		assertInstanceOf(Intercept.UnrecoverableException.class, root.run(partition, 0));
	}

	@Test
	void callsThatAreNotThereHaveAnInvalidCode() throws InterruptedException {
		guest(SyntheticFeatures.OFFERED);
		for (int code : new int[] {0, 1, CallCode.CREATE_PARTITION, 0xAF, 0x8002, 0xFFFF}) {
			assertEquals(HvStatus.INVALID_HYPERCALL_CODE, status(code | FAST, 0, 0));
		}
	}

	@Test
	void callsThatAreNotOfferedAreDenied() throws InterruptedException {
		guest(SyntheticFeatures.HYPERVISOR_PRESENT | SyntheticFeatures.HV1 | SyntheticFeatures.HYPERCALL);
		for (int code : new int[] {FLUSH_SPACE, FLUSH_LIST, SPIN, IPI, FLUSH_SPACE_EX, FLUSH_LIST_EX, IPI_EX, SIGNAL, START, INDEX,
			CallCode.GET_VP_REGISTERS, CallCode.SET_VP_REGISTERS}) {
			assertEquals(HvStatus.ACCESS_DENIED, status(code, INPUT, OUTPUT), Integer.toHexString(code));
		}
	}

	@Test
	void aPrivilegeThatIsNotGrantedIsDenied() throws InterruptedException {
		partition = root.createPartition(Root.STANDARD);
		assertEquals(HvStatus.PROPERTY_VALUE_OUT_OF_RANGE, root.setProperty(partition, PartitionProperty.PRIVILEGE_FLAGS, 1L << 32));
		root.deposit(partition, 300);
		assertEquals(HvStatus.SUCCESS, root.setProperty(partition, PartitionProperty.PRIVILEGE_FLAGS, 0));
		root.fast(CallCode.INITIALIZE_PARTITION, partition, 0);
		memory = root.map(partition, 0, 16);
		MemorySegment.copy(PROGRAM, 0, memory, ValueLayout.JAVA_BYTE, CODE, PROGRAM.length);
		root.createVp(partition, 0);
		root.flat64(partition, 0, memory, CODE);
		root.set(partition, 0, Register.GUEST_OS_ID, 1);
		root.set(partition, 0, Register.HYPERCALL, PAGE | 1);
		assertEquals(HvStatus.ACCESS_DENIED, status(POST, INPUT, 0));
		assertEquals(HvStatus.ACCESS_DENIED, status(CAPABILITIES, 0, OUTPUT));
	}

	@Test
	void controlWordsAreChecked() throws InterruptedException {
		guest(SyntheticFeatures.OFFERED);
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, status(SPIN | FAST | 1L << 27, 0, 0));
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, status(SPIN | FAST | 1L << 32, 0, 0));
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, status(SPIN | FAST | 1L << 17, 0, 0));
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, status(FLUSH_LIST, INPUT, 0));
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, status(repetitions(FLUSH_LIST, 2, 2), INPUT, 0));
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, status(POST | FAST, 0, 0), "more than the registers hold");
	}

	@Test
	void addressesAreChecked() throws InterruptedException {
		guest(SyntheticFeatures.OFFERED);
		assertEquals(HvStatus.INVALID_ALIGNMENT, status(FLUSH_SPACE, INPUT + 4, 0));
		assertEquals(HvStatus.INVALID_ALIGNMENT, status(FLUSH_SPACE, INPUT + 4096 - 16, 0));
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, status(FLUSH_SPACE, 0x100000, 0));
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, status(FLUSH_SPACE, -4096, 0));
		assertEquals(HvStatus.INVALID_HYPERCALL_INPUT, status(CAPABILITIES, 0, PAGE), "the hypercall page cannot be written");
	}

	@Test
	void translationsAreFlushedInEveryForm() throws InterruptedException {
		guest(SyntheticFeatures.OFFERED);
		memory.set(JAVA_LONG_UNALIGNED, INPUT + 16, 1);
		assertEquals(HvStatus.SUCCESS, status(FLUSH_SPACE, INPUT, 0));
		memory.set(JAVA_LONG_UNALIGNED, INPUT + 24, 0x5000);
		memory.set(JAVA_LONG_UNALIGNED, INPUT + 32, 0x6FFF);
		assertEquals(2L << 32, call(repetitions(FLUSH_LIST, 2, 0), INPUT, 0));
		assertEquals(2L << 32, call(repetitions(FLUSH_LIST, 2, 1), INPUT, 0));
		root.set(partition, 0, Register.XMM0, new RegisterValue(1, 0));
		assertEquals(HvStatus.SUCCESS, status(FLUSH_SPACE | FAST, 0, 3));
		assertEquals(HvStatus.INVALID_PARAMETER, status(FLUSH_SPACE | FAST, 0, 8));
		// A sparse set with banks 0 and 1
		memory.set(JAVA_LONG_UNALIGNED, INPUT + 16, 0);
		memory.set(JAVA_LONG_UNALIGNED, INPUT + 24, 3);
		memory.set(JAVA_LONG_UNALIGNED, INPUT + 32, 1);
		memory.set(JAVA_LONG_UNALIGNED, INPUT + 48, 0x5000);
		assertEquals(HvStatus.SUCCESS, status(FLUSH_SPACE_EX | 2 << 17, INPUT, 0));
		assertEquals(HvStatus.INVALID_PARAMETER, status(FLUSH_SPACE_EX | 1 << 17, INPUT, 0), "a bank is missing");
		assertEquals(1L << 32, call(repetitions(FLUSH_LIST_EX, 1, 0) | 2 << 17, INPUT, 0));
	}

	@Test
	void anAddressIsForgottenAfterAFlush() throws InterruptedException {
		guest(SyntheticFeatures.OFFERED);
		// MOV RBX, [0x200000]; JMP to the VMCALL; a large page that leads to 0, then elsewhere
		byte[] load = {0x48, (byte) 0x8B, 0x1C, 0x25, 0, 0, 0x20, 0};
		long code = CODE - load.length;
		MemorySegment.copy(load, 0, memory, ValueLayout.JAVA_BYTE, code, load.length);
		MemorySegment other = root.map(partition, 0x400000, 1);
		other.set(JAVA_LONG_UNALIGNED, 0, 22);
		memory.set(JAVA_LONG_UNALIGNED, 0, 11);
		memory.set(JAVA_LONG_UNALIGNED, 0xA008, 0x83);
		root.set(partition, 0, Register.RCX, SPIN | FAST);
		root.set(partition, 0, Register.RIP, code);
		root.run(partition, 0);
		assertEquals(11, root.get(partition, 0, Register.RBX));
		memory.set(JAVA_LONG_UNALIGNED, 0xA008, 0x400083);
		memory.set(JAVA_LONG_UNALIGNED, INPUT + 16, 1);
		memory.set(JAVA_LONG_UNALIGNED, INPUT + 24, 0x200000);
		assertEquals(1L << 32, call(repetitions(FLUSH_LIST, 1, 0), INPUT, 0));
		root.set(partition, 0, Register.RCX, SPIN | FAST);
		root.set(partition, 0, Register.RIP, code);
		root.run(partition, 0);
		assertEquals(22, root.get(partition, 0, Register.RBX));
	}

	@Test
	void interruptsNeedAVectorAndTheLevelThatThereIs() throws InterruptedException {
		guest(SyntheticFeatures.OFFERED);
		assertEquals(HvStatus.SUCCESS, status(IPI | FAST, 0x40, 1));
		assertEquals(HvStatus.INVALID_PARAMETER, status(IPI | FAST, 15, 1));
		assertEquals(HvStatus.INVALID_PARAMETER, status(IPI | FAST, 256, 1));
		assertEquals(HvStatus.INVALID_PARAMETER, status(IPI | FAST, 0x1_0000_0040L, 1));
		memory.set(JAVA_LONG_UNALIGNED, INPUT, 0x40);
		memory.set(JAVA_LONG_UNALIGNED, INPUT + 8, 1);
		assertEquals(HvStatus.SUCCESS, status(IPI_EX, INPUT, 0), "all processors");
		memory.set(JAVA_LONG_UNALIGNED, INPUT + 8, 2);
		assertEquals(HvStatus.INVALID_PARAMETER, status(IPI_EX, INPUT, 0), "no format");
	}

	@Test
	void aGuestReadsAndWritesItsOwnRegisters() throws InterruptedException {
		guest(SyntheticFeatures.OFFERED);
		memory.set(JAVA_LONG_UNALIGNED, INPUT, -1);
		memory.set(JAVA_INT_UNALIGNED, INPUT + 8, 0xFFFFFFFE);
		memory.set(JAVA_INT_UNALIGNED, INPUT + 16, Register.VP_INDEX.code());
		memory.set(JAVA_INT_UNALIGNED, INPUT + 20, Register.GUEST_OS_ID.code());
		assertEquals(2L << 32, call(repetitions(CallCode.GET_VP_REGISTERS, 2, 0), INPUT, OUTPUT));
		assertEquals(0, memory.get(JAVA_LONG_UNALIGNED, OUTPUT));
		assertEquals(1, memory.get(JAVA_LONG_UNALIGNED, OUTPUT + 16));
		memory.set(JAVA_LONG_UNALIGNED, INPUT + 16, Register.CR2.code());
		memory.set(JAVA_LONG_UNALIGNED, INPUT + 24, 0);
		memory.set(JAVA_LONG_UNALIGNED, INPUT + 32, 0x1234);
		assertEquals(1L << 32, call(repetitions(CallCode.SET_VP_REGISTERS, 1, 0), INPUT, 0));
		assertEquals(0x1234, root.get(partition, 0, Register.CR2));
		memory.set(JAVA_INT_UNALIGNED, INPUT + 8, 1);
		assertEquals(HvStatus.INVALID_VP_INDEX, status(repetitions(CallCode.GET_VP_REGISTERS, 1, 0), INPUT, OUTPUT));
		memory.set(JAVA_LONG_UNALIGNED, INPUT, partition + 1);
		assertEquals(HvStatus.ACCESS_DENIED, status(repetitions(CallCode.GET_VP_REGISTERS, 1, 0), INPUT, OUTPUT));
	}

	@Test
	void outputOfAFastCallComesInRegisters() throws InterruptedException {
		guest(SyntheticFeatures.OFFERED);
		root.set(partition, 0, Register.XMM0, new RegisterValue(Register.GUEST_OS_ID.code(), 0));
		root.set(partition, 0, Register.XMM1, new RegisterValue(7, 7));
		assertEquals(1L << 32, call(repetitions(CallCode.GET_VP_REGISTERS, 1, 0) | FAST, -1, 0));
		assertEquals(new RegisterValue(1, 0), root.get(partition, 0, Register.XMM1.code()));
		assertEquals(0, call(CAPABILITIES | FAST, 5, 6));
		assertEquals(0, root.get(partition, 0, Register.RDX));
		assertEquals(6, root.get(partition, 0, Register.R8));
	}

	@Test
	void processorsAreFoundByTheirApic() throws InterruptedException {
		guest(SyntheticFeatures.OFFERED);
		root.createVp(partition, 3);
		memory.set(JAVA_LONG_UNALIGNED, INPUT, -1);
		memory.set(JAVA_INT_UNALIGNED, INPUT + 16, 3);
		memory.set(JAVA_INT_UNALIGNED, INPUT + 20, 0);
		memory.set(JAVA_INT_UNALIGNED, INPUT + 24, 2);
		assertEquals(2L << 32 | HvStatus.INVALID_PARAMETER.code(), call(repetitions(INDEX, 3, 0), INPUT, OUTPUT));
		assertEquals(3, memory.get(JAVA_LONG_UNALIGNED, OUTPUT));
	}

	@Test
	void aProcessorStartsWithTheRegistersThatItIsGiven() throws InterruptedException {
		guest(SyntheticFeatures.OFFERED);
		root.createVp(partition, 1);
		memory.set(JAVA_LONG_UNALIGNED, INPUT, -1);
		memory.set(JAVA_INT_UNALIGNED, INPUT + 8, 1);
		long at = INPUT + 16;
		for (int name : new int[] {0x20010, 0x20004, 0x20011}) {
			memory.set(JAVA_LONG_UNALIGNED, at, name == 0x20010 ? CODE + 3 : name == 0x20004 ? 0x9000 : 2);
			at += 8;
		}
		for (int name : new int[] {0x60001, 0x60003, 0x60000, 0x60004, 0x60005, 0x60002, 0x60007, 0x60006, 0x70000, 0x70001}) {
			RegisterValue value = root.get(partition, 0, name);
			memory.set(JAVA_LONG_UNALIGNED, at, value.low());
			memory.set(JAVA_LONG_UNALIGNED, at + 8, value.high());
			at += 16;
		}
		for (int name : new int[] {0x80001, 0x40000, 0x40002, 0x40003, 0x80004}) {
			memory.set(JAVA_LONG_UNALIGNED, at, root.get(partition, 0, name).low());
			at += 8;
		}
		assertEquals(HvStatus.SUCCESS, status(START, INPUT, 0));
		assertInstanceOf(Intercept.IoPort.class, root.run(partition, 1));
		assertEquals(0x9000, root.get(partition, 1, Register.RSP));
		assertEquals(HvStatus.INVALID_VP_STATE, status(START, INPUT, 0), "it runs");
		memory.set(JAVA_INT_UNALIGNED, INPUT + 8, 2);
		assertEquals(HvStatus.INVALID_VP_INDEX, status(START, INPUT, 0));
	}

	private void enableSynic() {
		root.set(partition, 0, Register.SIMP, MESSAGES | 1);
		root.set(partition, 0, Register.SIEFP, FLAGS | 1);
		root.set(partition, 0, Register.SINT2, 1L << 18);
		root.set(partition, 0, Register.SCONTROL, 1);
	}

	private void connect(int id, int type, int target) {
		PortInfo port = new PortInfo(type, 2, target, 8, type == PortType.EVENT ? 4 : 0);
		assertEquals(HvStatus.SUCCESS,
			root.simple(CallCode.CREATE_PORT, new CreatePortInput(partition, id, 0, 0, partition, port, 0)::encode));
		assertEquals(HvStatus.SUCCESS, root.simple(CallCode.CONNECT_PORT,
			new ConnectPortInput(partition, id + 1, 0, partition, id, new ConnectionInfo(type, 0, 0, 0), 0)::encode));
	}

	/** Reads guest memory as the guest sees it, overlays included. */
	private long seen(long address) throws InterruptedException {
		// MOV RBX, [address]
		byte[] load = {0x48, (byte) 0x8B, 0x1C, 0x25, (byte) address, (byte) (address >> 8), (byte) (address >> 16), 0};
		long code = CODE - load.length;
		MemorySegment.copy(load, 0, memory, ValueLayout.JAVA_BYTE, code, load.length);
		root.set(partition, 0, Register.RCX, SPIN | FAST);
		root.set(partition, 0, Register.RIP, code);
		root.run(partition, 0);
		return root.get(partition, 0, Register.RBX);
	}

	@Test
	void aMessageGoesThroughItsConnection() throws InterruptedException {
		guest(SyntheticFeatures.OFFERED);
		connect(0x10, PortType.MESSAGE, 0);
		memory.set(JAVA_INT_UNALIGNED, INPUT, 0x11);
		memory.set(JAVA_INT_UNALIGNED, INPUT + 8, 77);
		memory.set(JAVA_INT_UNALIGNED, INPUT + 12, 8);
		memory.set(JAVA_LONG_UNALIGNED, INPUT + 16, 0x1122334455667788L);
		assertEquals(HvStatus.INVALID_SYNIC_STATE, status(POST, INPUT, 0));
		enableSynic();
		assertEquals(HvStatus.SUCCESS, status(POST, INPUT, 0));
		assertEquals(77 | 8L << 32, seen(MESSAGES + 512));
		assertEquals(0x10, seen(MESSAGES + 520));
		assertEquals(0x1122334455667788L, seen(MESSAGES + 528));
		memory.set(JAVA_INT_UNALIGNED, INPUT + 12, 241);
		assertEquals(HvStatus.INVALID_PARAMETER, status(POST, INPUT, 0));
		memory.set(JAVA_INT_UNALIGNED, INPUT + 12, 8);
		memory.set(JAVA_INT_UNALIGNED, INPUT + 8, 0x80000010);
		assertEquals(HvStatus.INVALID_PARAMETER, status(POST, INPUT, 0));
		memory.set(JAVA_INT_UNALIGNED, INPUT + 8, 77);
		memory.set(JAVA_INT_UNALIGNED, INPUT, 0x10);
		assertEquals(HvStatus.INVALID_CONNECTION_ID, status(POST, INPUT, 0));
		assertEquals(HvStatus.SUCCESS, root.fast(CallCode.DELETE_PORT, partition, 0x10));
		memory.set(JAVA_INT_UNALIGNED, INPUT, 0x11);
		assertEquals(HvStatus.INVALID_PORT_ID, status(POST, INPUT, 0));
	}

	@Test
	void anEventGoesThroughItsConnection() throws InterruptedException {
		guest(SyntheticFeatures.OFFERED);
		connect(0x20, PortType.EVENT, PortInfo.ANY_VP);
		assertEquals(HvStatus.INVALID_SYNIC_STATE, status(SIGNAL | FAST, 0x21, 0));
		enableSynic();
		// The second register is not looked at
		assertEquals(HvStatus.SUCCESS, status(SIGNAL | FAST, 0x21 | 3L << 32, 0x1234));
		assertEquals(1 << 8 + 3, seen(FLAGS + 512));
		assertEquals(HvStatus.SUCCESS, status(SIGNAL | FAST, 0x21 | 3L << 32, 0));
		assertEquals(HvStatus.INVALID_PARAMETER, status(SIGNAL | FAST, 0x21 | 4L << 32, 0), "the port has four flags");
		assertEquals(HvStatus.INVALID_PARAMETER, status(SIGNAL | FAST, 0x21 | 1L << 48, 0));
		assertEquals(HvStatus.INVALID_CONNECTION_ID, status(SIGNAL | FAST, 0x1234, 0));
	}
}
