package mshv.backend.emu.block;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.cpu.Platform;
import mshv.backend.emu.cpu.Segment;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;
import mshv.backend.emu.memory.PhysicalMemory;
import mshv.backend.emu.translate.Region;

/**
 * Executes every operation of the fast tier some hundred times in a processor of its own, on its fast and on its slow paths.
 * <p>
 * HotSpot leaves branches that it has never seen out of the code that it makes for the interpreter loop; each one met later throws the
 * compiled loop away, and the guest crawls for a second until it is compiled again. After the training there is hardly such a branch.
 */
public final class Training {
	private static final int PASSES = 240;
	private static final byte HLT = (byte) 0xF4;
	private static final long TARGET = 0x3000;
	private static final long DATA = 0x1000;
	private static final long POINTER = 0x1800;
	private static final long ACROSS_PAGES = 0x1FFD;
	private static final long STACK = 0x2800;
	private static final long NOWHERE = 0x10000;
	private static final int R8 = 8;
	private static final int R9 = 9;
	private static final int R10 = 10;
	private static final int R11 = 11;

	/** One operation for each kind of flags. */
	private static final int[] FLAG_DEFINITIONS = {Operation.ADD_RR64, Operation.SUB_RR64, Operation.AND_RR64, Operation.INC_R64,
		Operation.DEC_R64, Operation.SHL_RI64, Operation.ROL_RI64};

	private final Cpu cpu;
	private int passes;

	private Training(Cpu cpu) {
		this.cpu = cpu;
	}

	/** Trains the loop; takes some tens of milliseconds.
	 * @param handlers by the ordinals of their opcodes */
	public static void run(Handler[] handlers) {
		try (Arena arena = Arena.ofConfined()) {
			PhysicalMemory memory = new PhysicalMemory();
			MemorySegment pages = arena.allocate(4 * PhysicalMemory.PAGE_SIZE, PhysicalMemory.PAGE_SIZE);
			for (int page = 0; page < 4; page++) {
				memory.setEntry(page, pages.address() + page * PhysicalMemory.PAGE_SIZE | PhysicalMemory.READ | PhysicalMemory.WRITE
					| PhysicalMemory.EXECUTE);
			}
			BlockCache cache = new BlockCache(memory);
			Cpu cpu = new Cpu(memory, new NoPlatform(), cache, arena);
			cpu.efer = Cpu.EFER_LME | Cpu.EFER_LMA;
			Segment code = cpu.segments[Segment.CS];
			code.set(code.selector, code.base, code.limit, code.attributes | Segment.LONG);
			cpu.contextChanged();
			cache.connect(cpu, new BlockBuilder(cpu, memory, handlers));
			pages.set(ValueLayout.JAVA_BYTE, TARGET, HLT);
			new Training(cpu).train(new BlockRunner(cpu, cache, 0));
		}
	}

	private void train(BlockRunner runner) {
		List<Block> ring = ring();
		while (passes < PASSES) {
			boolean slow = passes % 3 == 0;
			cpu.r[R8] = passes % 5 - 2;
			cpu.r[R9] = 0;
			cpu.r[Cpu.RSP] = STACK;
			cpu.r[Cpu.RBX] = slow ? ACROSS_PAGES : DATA;
			cpu.r[R11] = POINTER;
			cpu.r[R10] = TARGET;
			cpu.writeQword(POINTER, TARGET);
			cpu.exit.kind = Exit.Kind.NONE;
			runner.execute(ring.getFirst());
			if (slow) {
				leaveThroughEach(ring, runner);
				fault(ring.getFirst(), runner);
				fault(ring.get(Operation.COUNT - Operation.JMP), runner);
			}
		}
	}

	private void fault(Block block, BlockRunner runner) {
		cpu.r[Cpu.RBX] = NOWHERE;
		try {
			runner.execute(block);
		} catch (GuestFault expected) {
			cpu.exit.kind = Exit.Kind.NONE;
		}
	}

	/** Without links and translations every way out of a block goes through the look-up, to a HLT. */
	private void leaveThroughEach(List<Block> ring, BlockRunner runner) {
		for (Block block : ring) {
			cpu.mmu.flush();
			cpu.r[Cpu.RSP] = STACK;
			cpu.writeQword(STACK - 8, TARGET);
			for (cpu.r[R8] = -1; cpu.r[R8] <= 1; cpu.r[R8]++) {
				cpu.mmu.breakLinks();
				block.region.seenGeneration = cpu.mmu.linkGeneration();
				cpu.exit.kind = Exit.Kind.NONE;
				runner.execute(block);
			}
			cpu.requestAttention(Cpu.ATTENTION_STOP);
			runner.execute(block);
			cpu.clearAttention(Cpu.ATTENTION_STOP);
		}
		link(ring);
	}

	/** One block for each operation that ends a block, each leading to the next. */
	private List<Block> ring() {
		List<Block> blocks = new ArrayList<>();
		for (int end = Operation.JMP; end < Operation.COUNT; end++) {
			blocks.add(block(end, end & 15));
		}
		for (Region region : regions()) {
			Block block = block(Operation.JMP, 0);
			block.region = new HotRegion(region, new Block[] {block});
			block.code = new long[] {Operation.TRANSLATED};
			blocks.add(block);
		}
		blocks.addLast(last());
		for (Block block : blocks) {
			if (block.region == null) {
				// So that it becomes hot without consequences
				block.region = new HotRegion(null, new Block[] {block});
				block.heat = Integer.MAX_VALUE - PASSES;
			}
		}
		link(blocks);
		return blocks;
	}

	/** One for each way out of a region, and as many classes, so that HotSpot does not take the first one for the only one. */
	private List<Region> regions() {
		return List.of(new Region() {
			@Override
			public long run(Cpu cpu) {
				return cpu.r[Cpu.RBX] == NOWHERE ? Region.FAULT : Region.TAKEN;
			}
		}, new Region() {
			@Override
			public long run(Cpu cpu) {
				return Region.FOLLOWING;
			}
		}, new Region() {
			@Override
			public long run(Cpu cpu) {
				cpu.nextRip = TARGET;
				return Region.INDIRECT;
			}
		}, new Region() {
			@Override
			public long run(Cpu cpu) {
				if (passes % 6 != 0) {
					return Region.TAKEN;
				}
				cpu.exit.kind = Exit.Kind.HALT;
				cpu.nextRip = TARGET;
				passes++;
				return Region.INDIRECT;
			}
		});
	}

	private void link(List<Block> blocks) {
		for (int n = 0; n < blocks.size() - 1; n++) {
			Block block = blocks.get(n);
			block.linkGeneration = cpu.mmu.linkGeneration();
			block.mappingGeneration = cpu.mmu.mappingGeneration();
			block.takenBlock = blocks.get(n + 1);
			block.followingBlock = blocks.get(n + 1);
			block.indirectBlock = blocks.get(n + 1);
			block.region.seenGeneration = cpu.mmu.linkGeneration();
		}
	}

	private static Block block(int end, int condition) {
		List<Long> words = new ArrayList<>();
		for (int operation = 0; operation < Operation.JMP; operation++) {
			int a = pushesOrPops(operation) ? R9 : Cpu.RAX;
			words.add(word(operation, a, Cpu.RBX, 1));
			if (Operation.hasSecondWord(operation)) {
				words.add(1L);
			}
		}
		for (int definition : FLAG_DEFINITIONS) {
			for (int use : new int[] {Operation.ADC_RR64, Operation.SBB_RR64, Operation.INC_R64, Operation.SETCC_R, Operation.CMOV_RR64}) {
				words.add(word(definition, R9, R8, 1));
				words.add(word(use, Cpu.RAX, R8, condition));
			}
			words.add(word(definition, R9, R8, 1));
			words.add(word(Operation.CMOV_RM64, Cpu.RAX, R11, 0));
			words.add((long) condition);
		}
		words.add(word(Operation.MOV_RI, R9, 0, 0));
		words.add(word(Operation.CMP_RR64, R8, R9, 0));
		words.add(word(Operation.PUSH_R, R10, 0, 0));
		boolean throughMemory = end == Operation.CALL_M || end == Operation.JMP_M;
		words.add(word(end, 0, throughMemory ? R11 : R10, 0));
		return make(words, (cpu, i) -> {});
	}

	private static boolean pushesOrPops(int operation) {
		return operation == Operation.PUSH_R || operation == Operation.POP_R;
	}

	/** Ends a pass: changes what the conditions depend on, and leaves. */
	private Block last() {
		return make(List.of(word(Operation.GENERIC_END, 0, 0, 0)), (cpu, i) -> {
			passes++;
			cpu.exit.kind = Exit.Kind.HALT;
		});
	}

	private static long word(int operation, int a, int b, int immediate) {
		return operation | (long) a << 9 | (long) b << 14 | (long) Instruction.NO_REGISTER << 19 | (long) immediate << 32;
	}

	private static Block make(List<Long> words, Handler handler) {
		Instruction instruction = new Instruction();
		instruction.opcode = Opcode.NOP;
		instruction.length = 1;
		instruction.address = TARGET - 1;
		return new Block(TARGET, 0, 64, false, TARGET, 1, -1, words.stream().mapToLong(Long::longValue).toArray(),
			new Instruction[] {instruction}, new Handler[] {handler}, TARGET);
	}

	/** The training never leaves the processor. */
	private static final class NoPlatform implements Platform {
		@Override
		public long apicPage() {
			return -1;
		}

		private static UnsupportedOperationException notReached() {
			return new UnsupportedOperationException("not reached in training");
		}

		@Override
		public long readApic(int offset, int size) {
			throw notReached();
		}

		@Override
		public void writeApic(int offset, int size, long value) {
			throw notReached();
		}

		@Override
		public int acknowledgeInterrupt() {
			throw notReached();
		}

		@Override
		public boolean takeNmi() {
			throw notReached();
		}

		@Override
		public int taskPriority() {
			throw notReached();
		}

		@Override
		public void setTaskPriority(int priority) {
			throw notReached();
		}

		@Override
		public long readMsr(Cpu cpu, int index) {
			throw notReached();
		}

		@Override
		public void writeMsr(Cpu cpu, int index, long value) {
			throw notReached();
		}

		@Override
		public void cpuid(Cpu cpu, int leaf, int subleaf, int[] result) {
			throw notReached();
		}

		@Override
		public void hypercall(Cpu cpu) {
			throw notReached();
		}

		@Override
		public long timeStampCounter() {
			throw notReached();
		}

		@Override
		public void setTimeStampCounter(long value) {
			throw notReached();
		}
	}
}
