package mshv.backend.emu.translate;

import static mshv.backend.emu.memory.RawMemory.RAW;

import java.lang.invoke.VarHandle;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Tlb;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.sse.VectorOperands;

/**
 * What translated code calls for memory: the check of {@link Tlb}'s tables, with table and generation in the caller's locals.
 * <p>
 * Methods are small and one for each size, so that HotSpot inlines them and keeps their profiles apart. The fences cost no instruction on
 * x86; they keep the compiler from exchanging two loads, which another processor of the guest could see.
 */
final class Access {
	private Access() {}

	static long read8(Cpu cpu, long table, long generation, long address) {
		long entry = table + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) != (address & Tlb.PAGE | generation)) {
			return cpu.readByte(address);
		}
		long value = RAW.getByte(address + RAW.getLong(entry + 8)) & 0xFF;
		VarHandle.acquireFence();
		return value;
	}

	static long read16(Cpu cpu, long table, long generation, long address) {
		long entry = table + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) != (address + 1 & Tlb.PAGE | generation)) {
			return cpu.readWord(address);
		}
		long value = RAW.getShort(address + RAW.getLong(entry + 8)) & 0xFFFF;
		VarHandle.acquireFence();
		return value;
	}

	static long read32(Cpu cpu, long table, long generation, long address) {
		long entry = table + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) != (address + 3 & Tlb.PAGE | generation)) {
			return cpu.readDword(address);
		}
		long value = RAW.getInt(address + RAW.getLong(entry + 8)) & 0xFFFFFFFFL;
		VarHandle.acquireFence();
		return value;
	}

	static long read64(Cpu cpu, long table, long generation, long address) {
		long entry = table + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) != (address + 7 & Tlb.PAGE | generation)) {
			return cpu.readQword(address);
		}
		long value = RAW.getLong(address + RAW.getLong(entry + 8));
		VarHandle.acquireFence();
		return value;
	}

	static void write8(Cpu cpu, long table, long generation, long address, long value) {
		long entry = table + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) == (address & Tlb.PAGE | generation)) {
			RAW.putByte(address + RAW.getLong(entry + 8), (byte) value);
		} else {
			cpu.writeByte(address, value);
		}
	}

	static void write16(Cpu cpu, long table, long generation, long address, long value) {
		long entry = table + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) == (address + 1 & Tlb.PAGE | generation)) {
			RAW.putShort(address + RAW.getLong(entry + 8), (short) value);
		} else {
			cpu.writeWord(address, value);
		}
	}

	static void write32(Cpu cpu, long table, long generation, long address, long value) {
		long entry = table + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) == (address + 3 & Tlb.PAGE | generation)) {
			RAW.putInt(address + RAW.getLong(entry + 8), (int) value);
		} else {
			cpu.writeDword(address, value);
		}
	}

	static void write64(Cpu cpu, long table, long generation, long address, long value) {
		long entry = table + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) == (address + 7 & Tlb.PAGE | generation)) {
			RAW.putLong(address + RAW.getLong(entry + 8), value);
		} else {
			cpu.writeQword(address, value);
		}
	}

	/** @return where a value that is read, changed and written back stands in the host, 0 if the slow way must be taken */
	static long host(Cpu cpu, long table, long generation, long address, int size) {
		long entry = table + (address >>> 8 & Tlb.INDEX);
		if (RAW.getLong(entry) == (address + size - 1 & Tlb.PAGE | generation)) {
			return address + RAW.getLong(entry + 8);
		}
		return cpu.hostForWrite(address, size);
	}

	static long load8(Cpu cpu, long host, long address) {
		return host != 0 ? RAW.getByte(host) & 0xFF : cpu.readForWrite(address, 1);
	}

	static long load16(Cpu cpu, long host, long address) {
		return host != 0 ? RAW.getShort(host) & 0xFFFF : cpu.readForWrite(address, 2);
	}

	static long load32(Cpu cpu, long host, long address) {
		return host != 0 ? RAW.getInt(host) & 0xFFFFFFFFL : cpu.readForWrite(address, 4);
	}

	static long load64(Cpu cpu, long host, long address) {
		return host != 0 ? RAW.getLong(host) : cpu.readForWrite(address, 8);
	}

	static void store8(Cpu cpu, long host, long address, long value) {
		if (host != 0) {
			RAW.putByte(host, (byte) value);
		} else {
			cpu.writeByte(address, value);
		}
	}

	static void store16(Cpu cpu, long host, long address, long value) {
		if (host != 0) {
			RAW.putShort(host, (short) value);
		} else {
			cpu.writeWord(address, value);
		}
	}

	static void store32(Cpu cpu, long host, long address, long value) {
		if (host != 0) {
			RAW.putInt(host, (int) value);
		} else {
			cpu.writeDword(address, value);
		}
	}

	static void store64(Cpu cpu, long host, long address, long value) {
		if (host != 0) {
			RAW.putLong(host, value);
		} else {
			cpu.writeQword(address, value);
		}
	}

	/** @return where a value stands in the host that is replaced atomically, 0 if that is not possible or the slow way must be taken */
	static long hostOfAtomic(Cpu cpu, long table, long generation, long address, int size) {
		return (address & size - 1) != 0 ? 0 : host(cpu, table, generation, address, size);
	}

	static boolean replace32(long host, long old, long value) {
		return RAW.compareAndSetInt(host, (int) old, (int) value);
	}

	static boolean replace64(long host, long old, long value) {
		return RAW.compareAndSetLong(host, old, value);
	}

	/** @return where a vector stands in the host, 0 if the slow way must be taken */
	static long vector(long table, long generation, long address) {
		long entry = table + (address >>> 8 & Tlb.INDEX);
		return RAW.getLong(entry) == (address + 15 & Tlb.PAGE | generation) ? address + RAW.getLong(entry + 8) : 0;
	}

	/** @return the low half of a vector. To be asked before {@link #high}: raises what the access raises */
	static long low(Cpu cpu, long host, long address) {
		return host != 0 ? RAW.getLong(host) : cpu.readQword(address);
	}

	static long high(Cpu cpu, long host, long address) {
		long value = host != 0 ? RAW.getLong(host + 8) : cpu.readQword(address + 8);
		VarHandle.acquireFence();
		return value;
	}

	static void writeVector(Cpu cpu, long table, long generation, long address, long low, long high) {
		long host = vector(table, generation, address);
		if (host != 0) {
			RAW.putLong(host, low);
			RAW.putLong(host + 8, high);
		} else {
			VectorOperands.store(cpu, address, low, high);
		}
	}

	/** Raises #GP for a vector in memory that is not aligned. */
	static void aligned(Cpu cpu, long address) {
		if ((address & 15) != 0) {
			raise(cpu);
		}
	}

	/** Raises #GP for the target of a branch that is not canonical. */
	static void canonical(Cpu cpu, long target) {
		if (target << 16 >> 16 != target) {
			raise(cpu);
		}
	}

	private static void raise(Cpu cpu) {
		GuestFault fault = cpu.raise(Vector.GP, 0);
		fault.nonCanonical = true;
		throw fault;
	}
}
