package mshv.backend.emu.exec.integer;

import static mshv.backend.emu.memory.RawMemory.RAW;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.NoCode;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.exec.InstructionGuest;
import mshv.backend.emu.isa.Flag;
import mshv.backend.emu.isa.Opcode;

/** Executes single integer instructions. */
final class TestGuest extends InstructionGuest {
	/** RIP of every instruction. */
	static final long START = 0x100;

	private static final Handler[] HANDLERS = handlers(Opcode.Group.INTEGER, IntegerHandlers::register);

	/** One byte that stands for translated code. */
	static final class TranslatedByte extends NoCode {
		/** Its guest-physical address, or -1. */
		long at = -1;

		@Override
		public boolean holds(long gpa, int size) {
			return gpa <= at && at < gpa + size;
		}

		@Override
		public void invalidate(long gpa, int size) {
			at = -1;
		}
	}

	final FakePlatform platform;
	final TranslatedByte translated;

	private TestGuest(int mode, FakePlatform platform, TranslatedByte translated, TestGuest sharesMemory) {
		super(mode, platform, translated, HANDLERS, START, sharesMemory);
		this.platform = platform;
		this.translated = translated;
		cpu.r[Cpu.RSP] = 0x8000;
		cpu.r[Cpu.RDX] = 0;
	}

	/** A guest in real mode, all segments at 0. */
	static TestGuest realMode() {
		return new TestGuest(16, new FakePlatform(), new TranslatedByte(), null);
	}

	/** A guest in 32-bit protected mode at CPL 0, flat. */
	static TestGuest protectedMode() {
		return new TestGuest(32, new FakePlatform(), new TranslatedByte(), null);
	}

	/** A guest in 64-bit mode at CPL 0. */
	static TestGuest longMode() {
		return new TestGuest(64, new FakePlatform(), new TranslatedByte(), null);
	}

	/** A further processor in 64-bit mode with the memory of this one, which is closed later. */
	TestGuest sibling() {
		return new TestGuest(64, new FakePlatform(), new TranslatedByte(), this);
	}

	/** Enters virtual-8086 mode with an IOPL. */
	void enterVirtual8086(int ioPrivilege) {
		cpu.cpl = 3;
		cpu.systemFlags |= Flag.VM | ioPrivilege << 12;
		cpu.contextChanged();
	}

	boolean flag(int flag) {
		return (cpu.rflags() & flag) != 0;
	}

	byte[] bytes() {
		byte[] bytes = new byte[BYTES];
		RAW.copyOut(host, bytes, 0, BYTES);
		return bytes;
	}

	void setBytes(byte[] bytes) {
		RAW.copyIn(bytes, 0, host, bytes.length);
	}
}
