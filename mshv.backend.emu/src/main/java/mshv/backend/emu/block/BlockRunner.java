package mshv.backend.emu.block;

import static mshv.backend.emu.block.Arithmetic.add;
import static mshv.backend.emu.block.Arithmetic.logic;
import static mshv.backend.emu.block.Arithmetic.sar32;
import static mshv.backend.emu.block.Arithmetic.sar64;
import static mshv.backend.emu.block.Arithmetic.shl32;
import static mshv.backend.emu.block.Arithmetic.shl64;
import static mshv.backend.emu.block.Arithmetic.shr32;
import static mshv.backend.emu.block.Arithmetic.shr64;
import static mshv.backend.emu.block.Arithmetic.step;
import static mshv.backend.emu.block.Arithmetic.sub;
import static mshv.backend.emu.block.CodeWord.a;
import static mshv.backend.emu.block.CodeWord.address;
import static mshv.backend.emu.block.CodeWord.b;
import static mshv.backend.emu.block.CodeWord.number;
import static mshv.backend.emu.block.CodeWord.wanted;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.FlagKind;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.translate.Region;

/**
 * Executes pre-decoded blocks, one after the other, until something needs attention.
 * <p>
 * The loop below must stay under 8000 bytes of bytecode: HotSpot never compiles a larger method.
 */
public final class BlockRunner {
	/** After so many instructions, those of translated regions not counted, {@link #run} returns. */
	public static final int ROUND = 1 << 14;

	private final Cpu cpu;
	private final BlockCache cache;
	private final Regions regions;
	private final int hot;
	/** True while RIP is what a fault belongs to: that of the next block to be looked up, or of a translated instruction. */
	private boolean fetching;
	/** The block whose last instruction left guest execution, the last time that one did. */
	private Block left;
	private long instructions;
	/** Translated regions are left out, and none is made. */
	private boolean inBlocks;

	/** A runner for one processor.
	 * @param hot how often a block is come to before it is translated; 0: never */
	public BlockRunner(Cpu cpu, BlockCache cache, int hot) {
		this.cpu = cpu;
		this.cache = cache;
		this.hot = hot == 0 ? Integer.MAX_VALUE : hot;
		regions = new Regions(cpu, cache, this.hot);
	}

	/** @return instructions executed so far */
	public long instructions() {
		return instructions;
	}

	/** Decides whether translated regions are left out, which may not be left for long. */
	public void stayInBlocks(boolean value) {
		inBlocks = value;
	}

	/** Executes from {@link Cpu#rip} on, until attention is asked for, an instruction leaves guest execution, or {@link #ROUND} have been
	 * executed; RIP then is that of the next instruction. A fault is thrown with RIP at its instruction. */
	public void run() {
		Block first = first();
		count(first);
		if (first.region != null && cpu.attention == 0 && mayEnter(first)) {
			// So it is after most exits, which are spared the long method then
			first = translated(first);
		}
		if (first != null) {
			execute(first);
		}
	}

	/** @return the block at RIP. After an exit it is most often the one behind that which made the exit. */
	private Block first() {
		Block left = this.left;
		if (left != null && left.following == cpu.rip && left.mode == 64 && cpu.mode == 64 && left.user == (cpu.cpl == 3)) {
			Block next = left.followingBlock;
			boolean asItWas = next != null && next.region != null && left.mappingGeneration == cpu.mmu.mappingGeneration()
				&& regions.holds(next.region);
			return asItWas ? next : following(left);
		}
		fetching = true;
		Block first = cache.find(cpu.rip);
		fetching = false;
		return first;
	}

	/** Executes blocks from a first one on. */
	void execute(Block first) {
		final Cpu cpu = this.cpu;
		final long[] r = cpu.r;
		Block block = first;
		long w = 0;
		long executed = 0;
		try {
			blocks:
			for (;;) {
				if (cpu.attention != 0 || executed > ROUND) {
					cpu.rip = block.rip;
					return;
				}
				executed += block.count;
				long[] code = block.code;
				int p = 0;
				for (;;) {
					w = code[p++];
					int a = a(w);
					int b = b(w);
					switch ((int) w & 0x1FF) {
						case Operation.ADD_MR64, Operation.ADD_MR32, Operation.SUB_MR64, Operation.SUB_MR32, Operation.AND_MR64,
							Operation.AND_MR32, Operation.OR_MR64, Operation.OR_MR32, Operation.XOR_MR64, Operation.XOR_MR32,
							Operation.INC_M64, Operation.INC_M32, Operation.DEC_M64, Operation.DEC_M32
							-> modify(block, w, r[a]);
						case Operation.ADD_MI64, Operation.ADD_MI32, Operation.SUB_MI64, Operation.SUB_MI32, Operation.AND_MI64,
							Operation.AND_MI32, Operation.OR_MI64, Operation.OR_MI32, Operation.XOR_MI64, Operation.XOR_MI32
							-> modify(block, w, code[p++]);
						case Operation.TEST_MR64, Operation.TEST_MR32, Operation.ADC_RI64, Operation.ADC_RM64, Operation.ADC_RI32,
							Operation.ADC_RM32, Operation.SBB_RR64, Operation.SBB_RI64, Operation.SBB_RM64, Operation.SBB_RR32,
							Operation.SBB_RI32, Operation.SBB_RM32, Operation.MOV_RR8, Operation.MOV_RI8, Operation.MOV_RR16,
							Operation.LOAD16, Operation.LOAD8, Operation.LOAD16_ZX, Operation.LOAD8_SX64, Operation.LOAD8_SX32,
							Operation.LOAD16_SX64, Operation.LOAD16_SX32, Operation.STORE16, Operation.SX8_64, Operation.SX8_32,
							Operation.SX16_64, Operation.SX16_32, Operation.SHL_RC64, Operation.SHL_RC32, Operation.SHR_RC64,
							Operation.SHR_RC32, Operation.SAR_RC64, Operation.SAR_RC32, Operation.ROL_RI64, Operation.ROL_RI32,
							Operation.ROR_RI64, Operation.ROR_RI32, Operation.IMUL_RR64, Operation.IMUL_RR32, Operation.IMUL_RRI64,
							Operation.IMUL_RRI32, Operation.IMUL_RM64, Operation.IMUL_RM32, Operation.MUL_R64, Operation.MUL_M64,
							Operation.MUL_R32, Operation.NEG_R64, Operation.NEG_R32, Operation.NOT_R64, Operation.NOT_R32,
							Operation.CMOV_RR64, Operation.CMOV_RR32, Operation.CMP_MR8, Operation.TEST_MR8, Operation.AND_RI8,
							Operation.XOR_RR8, Operation.OR_RR8, Operation.CMP_RR16, Operation.CMP_RM16, Operation.CMP_MR16,
							Operation.CMP_RI16, Operation.BT_RR64, Operation.BT_RR32, Operation.BT_RI, Operation.CDQE, Operation.CWDE,
							Operation.CQO, Operation.CDQ, Operation.OR_RI64_N, Operation.OR_RI32_N, Operation.XOR_RI64_N,
							Operation.XOR_RI32_N, Operation.ROL_RI64_N, Operation.ROR_RI64_N, Operation.IMUL_RR32_N,
							Operation.IMUL_RRI32_N
							-> RareOperations.execute(cpu, w);
						case Operation.ADD_RR64 -> {
							long x = r[a];
							long y = r[b];
							long v = x + y;
							add(cpu, x, y, v);
							r[a] = v;
						}
						case Operation.ADD_RI64 -> {
							long x = r[a];
							long y = (w >> 32);
							long v = x + y;
							add(cpu, x, y, v);
							r[a] = v;
						}
						case Operation.ADD_RM64 -> {
							long y = cpu.readQword(address(r, w));
							long x = r[a];
							long v = x + y;
							add(cpu, x, y, v);
							r[a] = v;
						}
						case Operation.ADD_RR32 -> {
							int x = (int) r[a];
							int y = (int) r[b];
							int v = x + y;
							add(cpu, x, y, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.ADD_RI32 -> {
							int x = (int) r[a];
							int y = (int) (w >> 32);
							int v = x + y;
							add(cpu, x, y, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.ADD_RM32 -> {
							int y = (int) cpu.readDword(address(r, w));
							int x = (int) r[a];
							int v = x + y;
							add(cpu, x, y, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.SUB_RR64 -> {
							long x = r[a];
							long y = r[b];
							long v = x - y;
							sub(cpu, x, y, v);
							r[a] = v;
						}
						case Operation.SUB_RI64 -> {
							long x = r[a];
							long y = (w >> 32);
							long v = x - y;
							sub(cpu, x, y, v);
							r[a] = v;
						}
						case Operation.SUB_RM64 -> {
							long y = cpu.readQword(address(r, w));
							long x = r[a];
							long v = x - y;
							sub(cpu, x, y, v);
							r[a] = v;
						}
						case Operation.SUB_RR32 -> {
							int x = (int) r[a];
							int y = (int) r[b];
							int v = x - y;
							sub(cpu, x, y, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.SUB_RI32 -> {
							int x = (int) r[a];
							int y = (int) (w >> 32);
							int v = x - y;
							sub(cpu, x, y, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.SUB_RM32 -> {
							int y = (int) cpu.readDword(address(r, w));
							int x = (int) r[a];
							int v = x - y;
							sub(cpu, x, y, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.AND_RR64 -> {
							long x = r[a];
							long y = r[b];
							long v = x & y;
							logic(cpu, v);
							r[a] = v;
						}
						case Operation.AND_RI64 -> {
							long x = r[a];
							long y = (w >> 32);
							long v = x & y;
							logic(cpu, v);
							r[a] = v;
						}
						case Operation.AND_RM64 -> {
							long y = cpu.readQword(address(r, w));
							long x = r[a];
							long v = x & y;
							logic(cpu, v);
							r[a] = v;
						}
						case Operation.AND_RR32 -> {
							int x = (int) r[a];
							int y = (int) r[b];
							int v = x & y;
							logic(cpu, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.AND_RI32 -> {
							int x = (int) r[a];
							int y = (int) (w >> 32);
							int v = x & y;
							logic(cpu, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.AND_RM32 -> {
							int y = (int) cpu.readDword(address(r, w));
							int x = (int) r[a];
							int v = x & y;
							logic(cpu, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.OR_RR64 -> {
							long x = r[a];
							long y = r[b];
							long v = x | y;
							logic(cpu, v);
							r[a] = v;
						}
						case Operation.OR_RI64 -> {
							long x = r[a];
							long y = (w >> 32);
							long v = x | y;
							logic(cpu, v);
							r[a] = v;
						}
						case Operation.OR_RM64 -> {
							long y = cpu.readQword(address(r, w));
							long x = r[a];
							long v = x | y;
							logic(cpu, v);
							r[a] = v;
						}
						case Operation.OR_RR32 -> {
							int x = (int) r[a];
							int y = (int) r[b];
							int v = x | y;
							logic(cpu, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.OR_RI32 -> {
							int x = (int) r[a];
							int y = (int) (w >> 32);
							int v = x | y;
							logic(cpu, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.OR_RM32 -> {
							int y = (int) cpu.readDword(address(r, w));
							int x = (int) r[a];
							int v = x | y;
							logic(cpu, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.XOR_RR64 -> {
							long x = r[a];
							long y = r[b];
							long v = x ^ y;
							logic(cpu, v);
							r[a] = v;
						}
						case Operation.XOR_RI64 -> {
							long x = r[a];
							long y = (w >> 32);
							long v = x ^ y;
							logic(cpu, v);
							r[a] = v;
						}
						case Operation.XOR_RM64 -> {
							long y = cpu.readQword(address(r, w));
							long x = r[a];
							long v = x ^ y;
							logic(cpu, v);
							r[a] = v;
						}
						case Operation.XOR_RR32 -> {
							int x = (int) r[a];
							int y = (int) r[b];
							int v = x ^ y;
							logic(cpu, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.XOR_RI32 -> {
							int x = (int) r[a];
							int y = (int) (w >> 32);
							int v = x ^ y;
							logic(cpu, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.XOR_RM32 -> {
							int y = (int) cpu.readDword(address(r, w));
							int x = (int) r[a];
							int v = x ^ y;
							logic(cpu, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.CMP_RR64 -> {
							long x = r[a];
							long y = r[b];
							long v = x - y;
							sub(cpu, x, y, v);
						}
						case Operation.CMP_RI64 -> {
							long x = r[a];
							long y = (w >> 32);
							long v = x - y;
							sub(cpu, x, y, v);
						}
						case Operation.CMP_RM64 -> {
							long y = cpu.readQword(address(r, w));
							long x = r[a];
							long v = x - y;
							sub(cpu, x, y, v);
						}
						case Operation.CMP_MR64 -> {
							long x = cpu.readQword(address(r, w));
							long y = r[a];
							long v = x - y;
							sub(cpu, x, y, v);
						}
						case Operation.CMP_MI64 -> {
							long x = cpu.readQword(address(r, w));
							long y = code[p++];
							long v = x - y;
							sub(cpu, x, y, v);
						}
						case Operation.CMP_RR32 -> {
							int x = (int) r[a];
							int y = (int) r[b];
							int v = x - y;
							sub(cpu, x, y, v);
						}
						case Operation.CMP_RI32 -> {
							int x = (int) r[a];
							int y = (int) (w >> 32);
							int v = x - y;
							sub(cpu, x, y, v);
						}
						case Operation.CMP_RM32 -> {
							int y = (int) cpu.readDword(address(r, w));
							int x = (int) r[a];
							int v = x - y;
							sub(cpu, x, y, v);
						}
						case Operation.CMP_MR32 -> {
							int x = (int) cpu.readDword(address(r, w));
							int y = (int) r[a];
							int v = x - y;
							sub(cpu, x, y, v);
						}
						case Operation.CMP_MI32 -> {
							int x = (int) cpu.readDword(address(r, w));
							int y = (int) code[p++];
							int v = x - y;
							sub(cpu, x, y, v);
						}
						case Operation.TEST_RR64 -> {
							long x = r[a];
							long y = r[b];
							long v = x & y;
							logic(cpu, v);
						}
						case Operation.TEST_RI64 -> {
							long x = r[a];
							long y = (w >> 32);
							long v = x & y;
							logic(cpu, v);
						}
						case Operation.TEST_MI64 -> {
							long x = cpu.readQword(address(r, w));
							long y = code[p++];
							long v = x & y;
							logic(cpu, v);
						}
						case Operation.TEST_RR32 -> {
							int x = (int) r[a];
							int y = (int) r[b];
							int v = x & y;
							logic(cpu, v);
						}
						case Operation.TEST_RI32 -> {
							int x = (int) r[a];
							int y = (int) (w >> 32);
							int v = x & y;
							logic(cpu, v);
						}
						case Operation.TEST_MI32 -> {
							int x = (int) cpu.readDword(address(r, w));
							int y = (int) code[p++];
							int v = x & y;
							logic(cpu, v);
						}
						case Operation.ADC_RR64 -> {
							long y = r[b];
							long x = r[a];
							long v = x + y + cpu.carry();
							add(cpu, x, y, v);
							r[a] = v;
						}
						case Operation.ADC_RR32 -> {
							int y = (int) r[b];
							int x = (int) r[a];
							int v = x + y + cpu.carry();
							add(cpu, x, y, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.MOV_RR64 -> r[a] = r[b];
						case Operation.MOV_RR32 -> r[a] = r[b] & 0xFFFFFFFFL;
						case Operation.MOV_RI -> r[a] = w >> 32;
						case Operation.MOV_RI32 -> r[a] = w >>> 32;
						case Operation.MOV_RI64 -> r[a] = code[p++];
						case Operation.LOAD64 -> r[a] = cpu.readQword(address(r, w));
						case Operation.LOAD32 -> r[a] = cpu.readDword(address(r, w));
						case Operation.LOAD8_ZX -> r[a] = cpu.readByte(address(r, w));
						case Operation.LOAD32_SX64 -> r[a] = (int) cpu.readDword(address(r, w));
						case Operation.STORE64 -> cpu.writeQword(address(r, w), r[a]);
						case Operation.STORE64_I -> cpu.writeQword(address(r, w), code[p++]);
						case Operation.STORE32 -> cpu.writeDword(address(r, w), r[a]);
						case Operation.STORE32_I -> cpu.writeDword(address(r, w), code[p++]);
						case Operation.STORE16_I -> cpu.writeWord(address(r, w), code[p++]);
						case Operation.STORE8 -> cpu.writeByte(address(r, w), r[a]);
						case Operation.STORE8_I -> cpu.writeByte(address(r, w), code[p++]);
						case Operation.ZX8 -> r[a] = r[b] & 0xFF;
						case Operation.ZX16 -> r[a] = r[b] & 0xFFFF;
						case Operation.SX32_64 -> r[a] = (int) r[b];
						case Operation.LEA64 -> r[a] = address(r, w);
						case Operation.LEA32 -> r[a] = address(r, w) & 0xFFFFFFFFL;
						case Operation.SHL_RI64 -> r[a] = shl64(cpu, r[a], (int) (w >>> 32));
						case Operation.SHL_RI32 -> r[a] = shl32(cpu, r[a], (int) (w >>> 32));
						case Operation.SHR_RI64 -> r[a] = shr64(cpu, r[a], (int) (w >>> 32));
						case Operation.SHR_RI32 -> r[a] = shr32(cpu, r[a], (int) (w >>> 32));
						case Operation.SAR_RI64 -> r[a] = sar64(cpu, r[a], (int) (w >>> 32));
						case Operation.SAR_RI32 -> r[a] = sar32(cpu, r[a], (int) (w >>> 32));
						case Operation.INC_R64 -> {
							long x = r[a];
							long v = x + 1;
							step(cpu, FlagKind.INC, x, v);
							r[a] = v;
						}
						case Operation.INC_R32 -> {
							int x = (int) r[a];
							int v = x + 1;
							step(cpu, FlagKind.INC, x, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.DEC_R64 -> {
							long x = r[a];
							long v = x - 1;
							step(cpu, FlagKind.DEC, x, v);
							r[a] = v;
						}
						case Operation.DEC_R32 -> {
							int x = (int) r[a];
							int v = x - 1;
							step(cpu, FlagKind.DEC, x, v);
							r[a] = v & 0xFFFFFFFFL;
						}
						case Operation.PUSH_R -> {
							long sp = r[Cpu.RSP] - 8;
							cpu.writeQword(sp, r[a]);
							r[Cpu.RSP] = sp;
						}
						case Operation.PUSH_I -> {
							long sp = r[Cpu.RSP] - 8;
							cpu.writeQword(sp, w >> 32);
							r[Cpu.RSP] = sp;
						}
						case Operation.POP_R -> {
							long v = cpu.readQword(r[Cpu.RSP]);
							r[Cpu.RSP] += 8;
							r[a] = v;
						}
						case Operation.SETCC_R -> r[a] = r[a] & ~0xFFL | (cpu.condition((int) (w >>> 32)) ? 1 : 0);
						case Operation.CMOV_RM64 -> {
							long v = cpu.readQword(address(r, w));
							if (cpu.condition((int) code[p++])) {
								r[a] = v;
							}
						}
						case Operation.CMOV_RM32 -> {
							long v = cpu.readDword(address(r, w));
							r[a] = cpu.condition((int) code[p++]) ? v : r[a] & 0xFFFFFFFFL;
						}
						case Operation.CMP_RR8 -> {
							int x = (byte) r[a];
							int y = (byte) r[b];
							sub(cpu, x, y, (byte) (x - y));
						}
						case Operation.CMP_RI8 -> {
							int x = (byte) r[a];
							int y = (byte) (w >> 32);
							sub(cpu, x, y, (byte) (x - y));
						}
						case Operation.CMP_RM8 -> {
							int x = (byte) r[a];
							int y = (byte) cpu.readByte(address(r, w));
							sub(cpu, x, y, (byte) (x - y));
						}
						case Operation.CMP_MI8 -> {
							int x = (byte) cpu.readByte(address(r, w));
							int y = (byte) code[p++];
							sub(cpu, x, y, (byte) (x - y));
						}
						case Operation.TEST_RR8 -> {
							int x = (byte) r[a];
							int y = (byte) r[b];
							logic(cpu, (byte) (x & y));
						}
						case Operation.TEST_RI8 -> {
							int x = (byte) r[a];
							int y = (byte) (w >> 32);
							logic(cpu, (byte) (x & y));
						}
						case Operation.TEST_MI8 -> {
							int x = (byte) cpu.readByte(address(r, w));
							int y = (byte) code[p++];
							logic(cpu, (byte) (x & y));
						}
						case Operation.CMP_MI16 -> {
							int x = (short) cpu.readWord(address(r, w));
							int y = (short) code[p++];
							sub(cpu, x, y, (short) (x - y));
						}
						case Operation.GENERIC -> generic(block, w);
						case Operation.ADD_RR64_N -> r[a] += r[b];
						case Operation.ADD_RR32_N -> r[a] = (r[a] + r[b]) & 0xFFFFFFFFL;
						case Operation.ADD_RI64_N -> r[a] += (w >> 32);
						case Operation.ADD_RI32_N -> r[a] = (r[a] + (w >> 32)) & 0xFFFFFFFFL;
						case Operation.SUB_RR64_N -> r[a] -= r[b];
						case Operation.SUB_RR32_N -> r[a] = (r[a] - r[b]) & 0xFFFFFFFFL;
						case Operation.SUB_RI64_N -> r[a] -= (w >> 32);
						case Operation.SUB_RI32_N -> r[a] = (r[a] - (w >> 32)) & 0xFFFFFFFFL;
						case Operation.AND_RR64_N -> r[a] &= r[b];
						case Operation.AND_RR32_N -> r[a] = (r[a] & r[b]) & 0xFFFFFFFFL;
						case Operation.AND_RI64_N -> r[a] &= (w >> 32);
						case Operation.AND_RI32_N -> r[a] = (r[a] & (w >> 32)) & 0xFFFFFFFFL;
						case Operation.OR_RR64_N -> r[a] |= r[b];
						case Operation.OR_RR32_N -> r[a] = (r[a] | r[b]) & 0xFFFFFFFFL;
						case Operation.XOR_RR64_N -> r[a] ^= r[b];
						case Operation.XOR_RR32_N -> r[a] = (r[a] ^ r[b]) & 0xFFFFFFFFL;
						case Operation.SHL_RI64_N -> r[a] <<= w >>> 32;
						case Operation.SHL_RI32_N -> r[a] = r[a] << (w >>> 32) & 0xFFFFFFFFL;
						case Operation.SHR_RI64_N -> r[a] >>>= w >>> 32;
						case Operation.SHR_RI32_N -> r[a] = (r[a] & 0xFFFFFFFFL) >>> (w >>> 32);
						case Operation.SAR_RI64_N -> r[a] >>= w >>> 32;
						case Operation.SAR_RI32_N -> r[a] = (int) r[a] >> (w >>> 32) & 0xFFFFFFFFL;
						case Operation.ROL_RI32_N -> r[a] = Integer.rotateLeft((int) r[a], (int) (w >>> 32)) & 0xFFFFFFFFL;
						case Operation.ROR_RI32_N -> r[a] = Integer.rotateRight((int) r[a], (int) (w >>> 32)) & 0xFFFFFFFFL;
						case Operation.IMUL_RR64_N -> r[a] *= r[b];
						case Operation.IMUL_RRI64_N -> r[a] = r[b] * (w >> 32);
						case Operation.INC_R64_N -> r[a] = r[a] + 1;
						case Operation.INC_R32_N -> r[a] = r[a] + 1 & 0xFFFFFFFFL;
						case Operation.DEC_R64_N -> r[a] = r[a] - 1;
						case Operation.DEC_R32_N -> r[a] = r[a] - 1 & 0xFFFFFFFFL;
						case Operation.JMP -> {
							block = taken(block);
							continue blocks;
						}
						case Operation.FALL_THROUGH -> {
							block = following(block);
							continue blocks;
						}
						case Operation.JCC -> {
							block = cpu.condition((int) (w >>> 32)) ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.J_Z -> {
							block = cpu.flagResult == 0 ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.J_NZ -> {
							block = cpu.flagResult != 0 ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.J_S -> {
							block = cpu.flagResult < 0 ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.J_NS -> {
							block = cpu.flagResult >= 0 ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.J_SUB_B -> {
							block = Long.compareUnsigned(cpu.flagA, cpu.flagB) < 0 ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.J_SUB_AE -> {
							block = Long.compareUnsigned(cpu.flagA, cpu.flagB) >= 0 ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.J_SUB_BE -> {
							block = Long.compareUnsigned(cpu.flagA, cpu.flagB) <= 0 ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.J_SUB_A -> {
							block = Long.compareUnsigned(cpu.flagA, cpu.flagB) > 0 ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.J_SUB_L -> {
							block = cpu.flagA < cpu.flagB ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.J_SUB_GE -> {
							block = cpu.flagA >= cpu.flagB ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.J_SUB_LE -> {
							block = cpu.flagA <= cpu.flagB ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.J_SUB_G -> {
							block = cpu.flagA > cpu.flagB ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.CALL -> {
							long sp = r[Cpu.RSP] - 8;
							cpu.writeQword(sp, block.following);
							r[Cpu.RSP] = sp;
							block = taken(block);
							continue blocks;
						}
						case Operation.CALL_R -> {
							long target = r[b];
							canonical(target);
							long sp = r[Cpu.RSP] - 8;
							cpu.writeQword(sp, block.following);
							r[Cpu.RSP] = sp;
							block = indirect(block, target);
							continue blocks;
						}
						case Operation.CALL_M -> {
							long target = cpu.readQword(address(r, w));
							canonical(target);
							long sp = r[Cpu.RSP] - 8;
							cpu.writeQword(sp, block.following);
							r[Cpu.RSP] = sp;
							block = indirect(block, target);
							continue blocks;
						}
						case Operation.JMP_R -> {
							long target = r[b];
							canonical(target);
							block = indirect(block, target);
							continue blocks;
						}
						case Operation.JMP_M -> {
							long target = cpu.readQword(address(r, w));
							canonical(target);
							block = indirect(block, target);
							continue blocks;
						}
						case Operation.RET -> {
							long target = cpu.readQword(r[Cpu.RSP]);
							canonical(target);
							r[Cpu.RSP] += 8 + (w >>> 32);
							block = indirect(block, target);
							continue blocks;
						}
						case Operation.GENERIC_END -> {
							generic(block, w);
							if (cpu.exit.kind != Exit.Kind.NONE) {
								left = block;
								cpu.rip = cpu.nextRip;
								return;
							}
							block = indirect(block, cpu.nextRip);
							continue blocks;
						}
						case Operation.CMP_RR64_JE -> {
							long x = r[a];
							long y = r[b];
							long v = x - y;
							sub(cpu, x, y, v);
							block = cpu.flagResult == 0 == wanted(w) ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.CMP_RR32_JE -> {
							int x = (int) r[a];
							int y = (int) r[b];
							int v = x - y;
							sub(cpu, x, y, v);
							block = cpu.flagResult == 0 == wanted(w) ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.CMP_RI64_JE -> {
							long x = r[a];
							long y = (w >> 32);
							long v = x - y;
							sub(cpu, x, y, v);
							block = cpu.flagResult == 0 == wanted(w) ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.CMP_RI32_JE -> {
							int x = (int) r[a];
							int y = (int) (w >> 32);
							int v = x - y;
							sub(cpu, x, y, v);
							block = cpu.flagResult == 0 == wanted(w) ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.CMP_RI8_JE -> {
							int x = (byte) r[a];
							int y = (byte) (w >> 32);
							sub(cpu, x, y, (byte) (x - y));
							block = cpu.flagResult == 0 == wanted(w) ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.TEST_RR64_JE -> {
							long x = r[a];
							long y = r[b];
							long v = x & y;
							logic(cpu, v);
							block = cpu.flagResult == 0 == wanted(w) ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.TEST_RR32_JE -> {
							int x = (int) r[a];
							int y = (int) r[b];
							int v = x & y;
							logic(cpu, v);
							block = cpu.flagResult == 0 == wanted(w) ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.TEST_RR8_JE -> {
							int x = (byte) r[a];
							int y = (byte) r[b];
							logic(cpu, (byte) (x & y));
							block = cpu.flagResult == 0 == wanted(w) ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.TEST_RI8_JE -> {
							int x = (byte) r[a];
							int y = (byte) (w >> 32);
							logic(cpu, (byte) (x & y));
							block = cpu.flagResult == 0 == wanted(w) ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.ADD_RI64_JE -> {
							long x = r[a];
							long y = (w >> 32);
							long v = x + y;
							add(cpu, x, y, v);
							r[a] = v;
							block = cpu.flagResult == 0 == wanted(w) ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.ADD_RI32_JE -> {
							int x = (int) r[a];
							int y = (int) (w >> 32);
							int v = x + y;
							add(cpu, x, y, v);
							r[a] = v & 0xFFFFFFFFL;
							block = cpu.flagResult == 0 == wanted(w) ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.CMP_RR64_JB -> {
							long x = r[a];
							long y = r[b];
							long v = x - y;
							sub(cpu, x, y, v);
							block = Long.compareUnsigned(x, y) < 0 == wanted(w) ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.CMP_RR32_JB -> {
							int x = (int) r[a];
							int y = (int) r[b];
							int v = x - y;
							sub(cpu, x, y, v);
							block = Long.compareUnsigned(x, y) < 0 == wanted(w) ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.CMP_RI64_JB -> {
							long x = r[a];
							long y = (w >> 32);
							long v = x - y;
							sub(cpu, x, y, v);
							block = Long.compareUnsigned(x, y) < 0 == wanted(w) ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.CMP_RI32_JB -> {
							int x = (int) r[a];
							int y = (int) (w >> 32);
							int v = x - y;
							sub(cpu, x, y, v);
							block = Long.compareUnsigned(x, y) < 0 == wanted(w) ? taken(block) : following(block);
							continue blocks;
						}
						case Operation.TRANSLATED -> {
							if (!mayEnter(block)) {
								code = block.region.code;
								p = 0;
								continue;
							}
							executed -= block.count;
							block = translated(block);
							if (block == null) {
								return;
							}
							continue blocks;
						}
						default -> throw new IllegalStateException("operation " + (w & 0x1FF));
					}
				}
			}
		} catch (GuestFault fault) {
			if (!fetching) {
				Instruction i = block.instructions[number(w)];
				executed -= block.count - number(w);
				cpu.rip = i.address;
				if (fault.nonCanonical) {
					// The precise tier knows which segment the access was through
					fault.vector = GuestFault.CODE_WRITE;
				}
			}
			throw fault;
		} finally {
			instructions += executed;
		}
	}
	private void modify(Block block, long w, long y) {
		if (!RareOperations.modify(cpu, w, y)) {
			generic(block, w);
		}
	}

	private void canonical(long target) {
		if (target << 16 >> 16 != target) {
			GuestFault fault = cpu.raise(Vector.GP, 0);
			fault.nonCanonical = true;
			throw fault;
		}
	}

	private void generic(Block block, long w) {
		int number = number(w);
		Instruction i = block.instructions[number];
		cpu.rip = i.address;
		cpu.nextRip = i.address + i.length;
		block.handlers[number].execute(cpu, i);
	}

	private Block taken(Block block) {
		renew(block);
		Block next = block.takenBlock;
		if (next != null) {
			if (block.counts) {
				count(next);
			}
			return next;
		}
		next = look(block.taken);
		renew(block);
		block.takenBlock = next;
		return next;
	}

	private Block following(Block block) {
		renew(block);
		Block next = block.followingBlock;
		if (next != null) {
			return next;
		}
		next = look(block.following);
		renew(block);
		block.followingBlock = next;
		return next;
	}

	private Block indirect(Block block, long target) {
		renew(block);
		Block next = block.indirectBlock;
		if (next != null && next.rip == target && next.mode == cpu.mode && next.user == (cpu.cpl == 3)
			&& (next.mode == 64 || next.base == cpu.segments[Segment.CS].base)) {
			count(next);
			return next;
		}
		next = look(target);
		renew(block);
		block.indirectBlock = next;
		Regions.note(block, next);
		return next;
	}

	/** Brings the links of a block to the present generation: keeps those that still hold. */
	private void renew(Block block) {
		if (block.linkGeneration != cpu.mmu.linkGeneration()) {
			renewLinks(block);
		}
	}

	private void renewLinks(Block block) {
		boolean sameMapping = block.mappingGeneration == cpu.mmu.mappingGeneration();
		block.takenBlock = kept(block.takenBlock, sameMapping);
		block.followingBlock = kept(block.followingBlock, sameMapping);
		block.indirectBlock = kept(block.indirectBlock, sameMapping);
		block.linkGeneration = cpu.mmu.linkGeneration();
		block.mappingGeneration = cpu.mmu.mappingGeneration();
	}

	private Block kept(Block next, boolean sameMapping) {
		return next != null && sameMapping && cache.unchanged(next) ? next : null;
	}

	private Block look(long target) {
		cpu.rip = target;
		fetching = true;
		Block next = cache.find(target);
		fetching = false;
		count(next);
		return next;
	}

	private void count(Block block) {
		if (!inBlocks && ++block.heat >= hot) {
			regions.heated(block);
		}
	}

	/** @return whether the region of a block may be executed now; else its blocks are */
	private boolean mayEnter(Block block) {
		return !inBlocks && block.region.region.mayRun(cpu);
	}

	/** A block behind a region counts too: it may begin the next. */
	private Block counted(Block next) {
		count(next);
		return next;
	}

	/** Executes the region that begins with a block.
	 * @return the block to go on with, or null if guest execution is to be left */
	private Block translated(Block block) {
		HotRegion hotRegion = block.region;
		if (!regions.holds(hotRegion)) {
			regions.discard(hotRegion);
			return block;
		}
		long result = hotRegion.region.run(cpu);
		instructions += Region.count(result);
		Block last = hotRegion.blocks[Region.node(result)];
		switch (Region.kind(result)) {
			case Region.TAKEN:
				return counted(taken(last));
			case Region.FOLLOWING:
				return counted(following(last));
			case Region.INDIRECT:
				if (cpu.exit.kind != Exit.Kind.NONE) {
					left = last;
					cpu.rip = cpu.nextRip;
					return null;
				}
				return indirect(last, cpu.nextRip);
			default:
				throw fault(last, Region.instruction(result));
		}
	}

	private GuestFault fault(Block block, int number) {
		instructions -= block.count - number;
		cpu.rip = block.instructions[number].address;
		if (cpu.fault.nonCanonical) {
			cpu.fault.vector = GuestFault.CODE_WRITE;
		}
		fetching = true;
		return cpu.fault;
	}
}
