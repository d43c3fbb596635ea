package mshv.backend.emu.block;

import static mshv.backend.emu.block.Arithmetic.add;
import static mshv.backend.emu.block.Arithmetic.bitTest;
import static mshv.backend.emu.block.Arithmetic.logic;
import static mshv.backend.emu.block.Arithmetic.multiply32;
import static mshv.backend.emu.block.Arithmetic.multiply64;
import static mshv.backend.emu.block.Arithmetic.rol32;
import static mshv.backend.emu.block.Arithmetic.rol64;
import static mshv.backend.emu.block.Arithmetic.ror32;
import static mshv.backend.emu.block.Arithmetic.ror64;
import static mshv.backend.emu.block.Arithmetic.sar32;
import static mshv.backend.emu.block.Arithmetic.sar64;
import static mshv.backend.emu.block.Arithmetic.shl32;
import static mshv.backend.emu.block.Arithmetic.shl64;
import static mshv.backend.emu.block.Arithmetic.shr32;
import static mshv.backend.emu.block.Arithmetic.shr64;
import static mshv.backend.emu.block.Arithmetic.step;
import static mshv.backend.emu.block.Arithmetic.sub;
import static mshv.backend.emu.block.Arithmetic.widening32;
import static mshv.backend.emu.block.Arithmetic.widening64;
import static mshv.backend.emu.block.CodeWord.a;
import static mshv.backend.emu.block.CodeWord.address;
import static mshv.backend.emu.block.CodeWord.b;
import static mshv.backend.emu.memory.RawMemory.RAW;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.FlagKind;

/** Operations of the fast tier that are too seldom, or too long, to take room in its loop. */
final class RareOperations {
	private RareOperations() {}

	/** Operations that are too seldom to take room in the loop. */
	static void execute(Cpu cpu, long w) {
		final long[] r = cpu.r;
		switch ((int) w & 0x1FF) {
			case Operation.TEST_MR64 -> {
				long x = cpu.readQword(address(r, w));
				long y = r[a(w)];
				long v = x & y;
				logic(cpu, v);
			}
			case Operation.TEST_MR32 -> {
				int x = (int) cpu.readDword(address(r, w));
				int y = (int) r[a(w)];
				int v = x & y;
				logic(cpu, v);
			}
			case Operation.ADC_RI64 -> {
				long y = (w >> 32);
				long x = r[a(w)];
				long v = x + y + cpu.carry();
				add(cpu, x, y, v);
				r[a(w)] = v;
			}
			case Operation.ADC_RM64 -> {
				long y = cpu.readQword(address(r, w));
				long x = r[a(w)];
				long v = x + y + cpu.carry();
				add(cpu, x, y, v);
				r[a(w)] = v;
			}
			case Operation.ADC_RI32 -> {
				int y = (int) (w >> 32);
				int x = (int) r[a(w)];
				int v = x + y + cpu.carry();
				add(cpu, x, y, v);
				r[a(w)] = v & 0xFFFFFFFFL;
			}
			case Operation.ADC_RM32 -> {
				int y = (int) cpu.readDword(address(r, w));
				int x = (int) r[a(w)];
				int v = x + y + cpu.carry();
				add(cpu, x, y, v);
				r[a(w)] = v & 0xFFFFFFFFL;
			}
			case Operation.SBB_RR64 -> {
				long y = r[b(w)];
				long x = r[a(w)];
				long v = x - y - cpu.carry();
				sub(cpu, x, y, v);
				r[a(w)] = v;
			}
			case Operation.SBB_RI64 -> {
				long y = (w >> 32);
				long x = r[a(w)];
				long v = x - y - cpu.carry();
				sub(cpu, x, y, v);
				r[a(w)] = v;
			}
			case Operation.SBB_RM64 -> {
				long y = cpu.readQword(address(r, w));
				long x = r[a(w)];
				long v = x - y - cpu.carry();
				sub(cpu, x, y, v);
				r[a(w)] = v;
			}
			case Operation.SBB_RR32 -> {
				int y = (int) r[b(w)];
				int x = (int) r[a(w)];
				int v = x - y - cpu.carry();
				sub(cpu, x, y, v);
				r[a(w)] = v & 0xFFFFFFFFL;
			}
			case Operation.SBB_RI32 -> {
				int y = (int) (w >> 32);
				int x = (int) r[a(w)];
				int v = x - y - cpu.carry();
				sub(cpu, x, y, v);
				r[a(w)] = v & 0xFFFFFFFFL;
			}
			case Operation.SBB_RM32 -> {
				int y = (int) cpu.readDword(address(r, w));
				int x = (int) r[a(w)];
				int v = x - y - cpu.carry();
				sub(cpu, x, y, v);
				r[a(w)] = v & 0xFFFFFFFFL;
			}
			case Operation.MOV_RR8 -> r[a(w)] = r[a(w)] & ~0xFFL | r[b(w)] & 0xFF;
			case Operation.MOV_RI8 -> r[a(w)] = r[a(w)] & ~0xFFL | w >>> 32 & 0xFF;
			case Operation.MOV_RR16 -> r[a(w)] = r[a(w)] & ~0xFFFFL | r[b(w)] & 0xFFFF;
			case Operation.LOAD16 -> {
				long v = cpu.readWord(address(r, w));
				r[a(w)] = r[a(w)] & ~0xFFFFL | v;
			}
			case Operation.LOAD8 -> {
				long v = cpu.readByte(address(r, w));
				r[a(w)] = r[a(w)] & ~0xFFL | v;
			}
			case Operation.LOAD16_ZX -> r[a(w)] = cpu.readWord(address(r, w));
			case Operation.LOAD8_SX64 -> r[a(w)] = (byte) cpu.readByte(address(r, w));
			case Operation.LOAD8_SX32 -> r[a(w)] = (byte) cpu.readByte(address(r, w)) & 0xFFFFFFFFL;
			case Operation.LOAD16_SX64 -> r[a(w)] = (short) cpu.readWord(address(r, w));
			case Operation.LOAD16_SX32 -> r[a(w)] = (short) cpu.readWord(address(r, w)) & 0xFFFFFFFFL;
			case Operation.STORE16 -> cpu.writeWord(address(r, w), r[a(w)]);
			case Operation.SX8_64 -> r[a(w)] = (byte) r[b(w)];
			case Operation.SX8_32 -> r[a(w)] = (byte) r[b(w)] & 0xFFFFFFFFL;
			case Operation.SX16_64 -> r[a(w)] = (short) r[b(w)];
			case Operation.SX16_32 -> r[a(w)] = (short) r[b(w)] & 0xFFFFFFFFL;
			case Operation.SHL_RC64 -> {
				int count = (int) r[Cpu.RCX] & 63;
				if (count != 0) {
					r[a(w)] = shl64(cpu, r[a(w)], count);
				}
			}
			case Operation.SHL_RC32 -> {
				int count = (int) r[Cpu.RCX] & 31;
				if (count != 0) {
					r[a(w)] = shl32(cpu, r[a(w)], count);
				} else {
					r[a(w)] &= 0xFFFFFFFFL;
				}
			}
			case Operation.SHR_RC64 -> {
				int count = (int) r[Cpu.RCX] & 63;
				if (count != 0) {
					r[a(w)] = shr64(cpu, r[a(w)], count);
				}
			}
			case Operation.SHR_RC32 -> {
				int count = (int) r[Cpu.RCX] & 31;
				if (count != 0) {
					r[a(w)] = shr32(cpu, r[a(w)], count);
				} else {
					r[a(w)] &= 0xFFFFFFFFL;
				}
			}
			case Operation.SAR_RC64 -> {
				int count = (int) r[Cpu.RCX] & 63;
				if (count != 0) {
					r[a(w)] = sar64(cpu, r[a(w)], count);
				}
			}
			case Operation.SAR_RC32 -> {
				int count = (int) r[Cpu.RCX] & 31;
				if (count != 0) {
					r[a(w)] = sar32(cpu, r[a(w)], count);
				} else {
					r[a(w)] &= 0xFFFFFFFFL;
				}
			}
			case Operation.ROL_RI64 -> r[a(w)] = rol64(cpu, r[a(w)], (int) (w >>> 32));
			case Operation.ROL_RI32 -> r[a(w)] = rol32(cpu, r[a(w)], (int) (w >>> 32));
			case Operation.ROR_RI64 -> r[a(w)] = ror64(cpu, r[a(w)], (int) (w >>> 32));
			case Operation.ROR_RI32 -> r[a(w)] = ror32(cpu, r[a(w)], (int) (w >>> 32));
			case Operation.IMUL_RR64 -> r[a(w)] = multiply64(cpu, r[a(w)], r[b(w)]);
			case Operation.IMUL_RR32 -> r[a(w)] = multiply32(cpu, (int) r[a(w)], (int) r[b(w)]);
			case Operation.IMUL_RRI64 -> r[a(w)] = multiply64(cpu, r[b(w)], w >> 32);
			case Operation.IMUL_RRI32 -> r[a(w)] = multiply32(cpu, (int) r[b(w)], (int) (w >> 32));
			case Operation.IMUL_RM64 -> r[a(w)] = multiply64(cpu, r[a(w)], cpu.readQword(address(r, w)));
			case Operation.IMUL_RM32 -> r[a(w)] = multiply32(cpu, (int) r[a(w)], (int) cpu.readDword(address(r, w)));
			case Operation.MUL_R64 -> widening64(cpu, r, r[b(w)]);
			case Operation.MUL_M64 -> widening64(cpu, r, cpu.readQword(address(r, w)));
			case Operation.MUL_R32 -> widening32(cpu, r, r[b(w)]);
			case Operation.NEG_R64 -> {
				long y = r[a(w)];
				sub(cpu, 0, y, -y);
				r[a(w)] = -y;
			}
			case Operation.NEG_R32 -> {
				int y = (int) r[a(w)];
				sub(cpu, 0, y, -y);
				r[a(w)] = -y & 0xFFFFFFFFL;
			}
			case Operation.NOT_R64 -> r[a(w)] = ~r[a(w)];
			case Operation.NOT_R32 -> r[a(w)] = ~r[a(w)] & 0xFFFFFFFFL;
			case Operation.CMOV_RR64 -> {
				if (cpu.condition((int) (w >>> 32))) {
					r[a(w)] = r[b(w)];
				}
			}
			case Operation.CMOV_RR32 -> r[a(w)] = (cpu.condition((int) (w >>> 32)) ? r[b(w)] : r[a(w)]) & 0xFFFFFFFFL;
			case Operation.CMP_MR8 -> {
				int x = (byte) cpu.readByte(address(r, w));
				int y = (byte) r[a(w)];
				sub(cpu, x, y, (byte) (x - y));
			}
			case Operation.TEST_MR8 -> {
				int x = (byte) cpu.readByte(address(r, w));
				int y = (byte) r[a(w)];
				logic(cpu, (byte) (x & y));
			}
			case Operation.AND_RI8 -> {
				int v = (byte) (r[a(w)] & w >> 32);
				logic(cpu, v);
				r[a(w)] = r[a(w)] & ~0xFFL | v & 0xFF;
			}
			case Operation.XOR_RR8 -> {
				int v = (byte) (r[a(w)] ^ r[b(w)]);
				logic(cpu, v);
				r[a(w)] = r[a(w)] & ~0xFFL | v & 0xFF;
			}
			case Operation.OR_RR8 -> {
				int v = (byte) (r[a(w)] | r[b(w)]);
				logic(cpu, v);
				r[a(w)] = r[a(w)] & ~0xFFL | v & 0xFF;
			}
			case Operation.CMP_RR16 -> {
				int x = (short) r[a(w)];
				int y = (short) r[b(w)];
				sub(cpu, x, y, (short) (x - y));
			}
			case Operation.CMP_RM16 -> {
				int x = (short) r[a(w)];
				int y = (short) cpu.readWord(address(r, w));
				sub(cpu, x, y, (short) (x - y));
			}
			case Operation.CMP_MR16 -> {
				int x = (short) cpu.readWord(address(r, w));
				int y = (short) r[a(w)];
				sub(cpu, x, y, (short) (x - y));
			}
			case Operation.CMP_RI16 -> {
				int x = (short) r[a(w)];
				int y = (short) (w >> 32);
				sub(cpu, x, y, (short) (x - y));
			}
			case Operation.BT_RR64 -> bitTest(cpu, r[a(w)] >>> r[b(w)]);
			case Operation.BT_RR32 -> bitTest(cpu, r[a(w)] >>> (r[b(w)] & 31));
			case Operation.BT_RI -> bitTest(cpu, r[a(w)] >>> (w >>> 32));
			case Operation.CDQE -> r[Cpu.RAX] = (int) r[Cpu.RAX];
			case Operation.CWDE -> r[Cpu.RAX] = (short) r[Cpu.RAX] & 0xFFFFFFFFL;
			case Operation.CQO -> r[Cpu.RDX] = r[Cpu.RAX] >> 63;
			case Operation.CDQ -> r[Cpu.RDX] = (int) r[Cpu.RAX] >> 31 & 0xFFFFFFFFL;
			case Operation.OR_RI64_N -> r[a(w)] |= (w >> 32);
			case Operation.OR_RI32_N -> r[a(w)] = (r[a(w)] | (w >> 32)) & 0xFFFFFFFFL;
			case Operation.XOR_RI64_N -> r[a(w)] ^= (w >> 32);
			case Operation.XOR_RI32_N -> r[a(w)] = (r[a(w)] ^ (w >> 32)) & 0xFFFFFFFFL;
			case Operation.ROL_RI64_N -> r[a(w)] = Long.rotateLeft(r[a(w)], (int) (w >>> 32));
			case Operation.ROR_RI64_N -> r[a(w)] = Long.rotateRight(r[a(w)], (int) (w >>> 32));
			case Operation.IMUL_RR32_N -> r[a(w)] = r[a(w)] * r[b(w)] & 0xFFFFFFFFL;
			case Operation.IMUL_RRI32_N -> r[a(w)] = r[b(w)] * (w >> 32) & 0xFFFFFFFFL;
			default -> throw new IllegalStateException("operation " + (w & 0x1FF));
		}
	}

	/** Operations that read, change and write memory.
	 * @param y what the memory is changed by
	 * @return false if the memory cannot be written at once: nothing has changed */
	static boolean modify(Cpu cpu, long w, long y) {
		long host = cpu.hostForWrite(address(cpu.r, w), narrow(w) ? 4 : 8);
		if (host == 0) {
			return false;
		}
		switch ((int) w & 0x1FF) {
			case Operation.ADD_MR64, Operation.ADD_MI64 -> {
				long x = RAW.getLong(host);
				long v = x + y;
				RAW.putLong(host, v);
				add(cpu, x, y, v);
			}
			case Operation.ADD_MR32, Operation.ADD_MI32 -> {
				int x = RAW.getInt(host);
				int v = x + (int) y;
				RAW.putInt(host, v);
				add(cpu, x, (int) y, v);
			}
			case Operation.SUB_MR64, Operation.SUB_MI64 -> {
				long x = RAW.getLong(host);
				long v = x - y;
				RAW.putLong(host, v);
				sub(cpu, x, y, v);
			}
			case Operation.SUB_MR32, Operation.SUB_MI32 -> {
				int x = RAW.getInt(host);
				int v = x - (int) y;
				RAW.putInt(host, v);
				sub(cpu, x, (int) y, v);
			}
			case Operation.AND_MR64, Operation.AND_MI64 -> {
				long x = RAW.getLong(host);
				long v = x & y;
				RAW.putLong(host, v);
				logic(cpu, v);
			}
			case Operation.AND_MR32, Operation.AND_MI32 -> {
				int x = RAW.getInt(host);
				int v = x & (int) y;
				RAW.putInt(host, v);
				logic(cpu, v);
			}
			case Operation.OR_MR64, Operation.OR_MI64 -> {
				long x = RAW.getLong(host);
				long v = x | y;
				RAW.putLong(host, v);
				logic(cpu, v);
			}
			case Operation.OR_MR32, Operation.OR_MI32 -> {
				int x = RAW.getInt(host);
				int v = x | (int) y;
				RAW.putInt(host, v);
				logic(cpu, v);
			}
			case Operation.XOR_MR64, Operation.XOR_MI64 -> {
				long x = RAW.getLong(host);
				long v = x ^ y;
				RAW.putLong(host, v);
				logic(cpu, v);
			}
			case Operation.XOR_MR32, Operation.XOR_MI32 -> {
				int x = RAW.getInt(host);
				int v = x ^ (int) y;
				RAW.putInt(host, v);
				logic(cpu, v);
			}
			case Operation.INC_M64 -> {
				long x = RAW.getLong(host);
				long v = x + 1;
				RAW.putLong(host, v);
				step(cpu, FlagKind.INC, x, v);
			}
			case Operation.INC_M32 -> {
				int x = RAW.getInt(host);
				int v = x + 1;
				RAW.putInt(host, v);
				step(cpu, FlagKind.INC, x, v);
			}
			case Operation.DEC_M64 -> {
				long x = RAW.getLong(host);
				long v = x - 1;
				RAW.putLong(host, v);
				step(cpu, FlagKind.DEC, x, v);
			}
			case Operation.DEC_M32 -> {
				int x = RAW.getInt(host);
				int v = x - 1;
				RAW.putInt(host, v);
				step(cpu, FlagKind.DEC, x, v);
			}
			default -> throw new IllegalStateException("operation " + (w & 0x1FF));
		}
		return true;
	}

	private static boolean narrow(long w) {
		return switch ((int) w & 0x1FF) {
			case Operation.ADD_MR32, Operation.ADD_MI32, Operation.OR_MR32, Operation.OR_MI32, Operation.AND_MR32, Operation.AND_MI32,
				Operation.SUB_MR32, Operation.SUB_MI32, Operation.XOR_MR32, Operation.XOR_MI32, Operation.INC_M32, Operation.DEC_M32 -> true;
			default -> false;
		};
	}
}
