package mshv.vmm.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.api.VirtualProcessor;
import mshv.api.abi.RegisterPage;

/**
 * Registers of a processor for the length of one exit: {@link #begin}, reads and writes, {@link #commit}.
 * They go through the register page while that is valid, else through calls.
 */
public final class RegisterFile {
	/** Number of RAX. */
	public static final int RAX = 0;
	/** Number of RCX. */
	public static final int RCX = 1;
	/** Number of RDX. */
	public static final int RDX = 2;
	/** Number of RSP. */
	public static final int RSP = 4;
	/** Number of RBP. */
	public static final int RBP = 5;
	/** Number of RSI. */
	public static final int RSI = 6;
	/** Number of RDI. */
	public static final int RDI = 7;

	private static final int RIP = 16;
	private static final int RFLAGS = 17;
	private static final int COUNT = 18;
	/** Type of a data segment, in the bits that tell code, and data that expands downwards. */
	private static final int EXPAND_DOWN = 4;
	/** General-purpose registers by their number in instructions, then RIP and RFLAGS. */
	private static final List<Register> NAMES = List.of(Register.RAX, Register.RCX, Register.RDX, Register.RBX, Register.RSP, Register.RBP,
		Register.RSI, Register.RDI, Register.R8, Register.R9, Register.R10, Register.R11, Register.R12, Register.R13, Register.R14,
		Register.R15, Register.RIP, Register.RFLAGS);
	/** By their number in instructions. */
	private static final Register[] SEGMENTS = {Register.ES, Register.CS, Register.SS, Register.DS, Register.FS, Register.GS};

	private final VirtualProcessor processor;
	private final MemorySegment page;
	private final long[] values = new long[COUNT];
	private boolean shared;
	private boolean fetched;
	/** Bit n: register n was set. */
	private int changed;

	/** @param processor whose registers */
	public RegisterFile(VirtualProcessor processor) {
		this.processor = processor;
		page = processor.registerPage();
	}

	/** Moves the instruction pointer, at once and with nothing begun: all that most exits need. */
	public void advance(long rip) {
		if (isShared()) {
			page.set(JAVA_LONG, RegisterPage.RIP, rip);
			page.set(JAVA_INT, RegisterPage.DIRTY, RegisterPage.DIRTY_IP);
		} else {
			processor.setRegisters(Map.of(Register.RIP, RegisterValue.of(rip)));
		}
	}

	/** Moves the instruction pointer and sets RAX, at once and with nothing begun. */
	public void advance(long rip, long rax) {
		if (isShared()) {
			page.set(JAVA_LONG, RegisterPage.RIP, rip);
			page.set(JAVA_LONG, RegisterPage.RAX, rax);
			page.set(JAVA_INT, RegisterPage.DIRTY, RegisterPage.DIRTY_IP | RegisterPage.DIRTY_GENERAL);
		} else {
			processor.setRegisters(Map.of(Register.RIP, RegisterValue.of(rip), Register.RAX, RegisterValue.of(rax)));
		}
	}

	private boolean isShared() {
		return page.get(JAVA_BYTE, RegisterPage.IS_VALID) != 0;
	}

	/** Begins an exit. */
	public void begin() {
		shared = isShared();
		fetched = false;
		changed = 0;
	}

	/** Hands all that was set to the processor. Not earlier: a call may make the hypervisor write the page anew. */
	public void commit() {
		if (changed == 0) {
			return;
		}
		if (shared) {
			commitToPage();
		} else {
			Map<Register, RegisterValue> set = new LinkedHashMap<>();
			for (int i = 0; i < COUNT; i++) {
				if ((changed & 1 << i) != 0) {
					set.put(NAMES.get(i), RegisterValue.of(values[i]));
				}
			}
			processor.setRegisters(set);
		}
		changed = 0;
	}

	private void commitToPage() {
		int dirty = page.get(JAVA_INT, RegisterPage.DIRTY);
		for (int rest = changed; rest != 0; rest &= rest - 1) {
			int number = Integer.numberOfTrailingZeros(rest);
			// RIP and RFLAGS follow R15 in the page
			page.set(JAVA_LONG, RegisterPage.RAX + 8L * number, values[number]);
			dirty |= number < RIP ? RegisterPage.DIRTY_GENERAL : number == RIP ? RegisterPage.DIRTY_IP : RegisterPage.DIRTY_FLAGS;
		}
		page.set(JAVA_INT, RegisterPage.DIRTY, dirty);
	}

	/** @param number 0 to 15 */
	public long get(int number) {
		return value(number);
	}

	/** @param number 0 to 15 */
	public void set(int number, long value) {
		setValue(number, value);
	}

	/** @return instruction pointer */
	public long rip() {
		return value(RIP);
	}

	/** Sets the instruction pointer. */
	public void setRip(long value) {
		setValue(RIP, value);
	}

	/** @return flags */
	public long flags() {
		return value(RFLAGS);
	}

	/** Sets the flags. */
	public void setFlags(long value) {
		setValue(RFLAGS, value);
	}

	/** @param number 0 ES, 1 CS, 2 SS, 3 DS, 4 FS, 5 GS @return base of the segment, as the register holds it */
	public long segmentBase(int number) {
		return shared ? page.get(JAVA_LONG, RegisterPage.ES + 16L * number) : processor.getRegister(SEGMENTS[number]);
	}

	/** @param number as for {@link #segmentBase} @return whether the segment ends nowhere below 4 GiB, and holds all offsets */
	public boolean isFlat(int number) {
		long upper = shared ? page.get(JAVA_LONG, RegisterPage.ES + 16L * number + 8) : other(SEGMENTS[number]).high();
		int type = (int) (upper >>> 48) & 0xC;
		return (int) upper == -1 && type != EXPAND_DOWN;
	}

	/** @return control register 0 */
	public long cr0() {
		return shared ? page.get(JAVA_LONG, RegisterPage.CR0) : processor.getRegister(Register.CR0);
	}

	/** @return a register that has no method of its own here */
	public RegisterValue other(Register register) {
		return processor.getRegisters(List.of(register)).getFirst();
	}

	/** Sets a register that has no method of its own here, at once. */
	public void setOther(Register register, RegisterValue value) {
		processor.setRegisters(Map.of(register, value));
	}

	/** @param number 0 ES, 1 CS, 2 SS, 3 DS, 4 FS, 5 GS @return its name */
	public static Register segment(int number) {
		return SEGMENTS[number];
	}

	private long value(int index) {
		if ((changed & 1 << index) != 0) {
			return values[index];
		}
		return shared ? page.get(JAVA_LONG, RegisterPage.RAX + 8L * index) : fetch(index);
	}

	private long fetch(int index) {
		if (!fetched) {
			List<RegisterValue> now = processor.getRegisters(NAMES);
			for (int i = 0; i < COUNT; i++) {
				if ((changed & 1 << i) == 0) {
					values[i] = now.get(i).low();
				}
			}
			fetched = true;
		}
		return values[index];
	}

	private void setValue(int index, long value) {
		values[index] = value;
		changed |= 1 << index;
	}
}
