package mshv.backend.emu.translate;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Exit;
import mshv.backend.emu.cpu.GuestFault;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/**
 * Writes the method that executes a region: entry, blocks and the ways between them, ways out, and the handler of faults.
 * <p>
 * Every cycle of blocks has an edge that polls for attention, see {@link FlagFlow#isBackward}.
 */
final class RegionCode extends InstructionCode {
	private static final ClassDesc REGION = describe(Region.class);
	private static final ClassDesc EXIT = describe(Exit.class);
	private static final ClassDesc EXIT_KIND = describe(Exit.Kind.class);
	private static final ClassDesc LONGS = ConstantDescs.CD_long.arrayType();
	private static final MethodTypeDesc GENERIC = MethodTypeDesc.of(ConstantDescs.CD_void, CPU, ConstantDescs.CD_int);
	private static final MethodTypeDesc CANONICAL = MethodTypeDesc.of(ConstantDescs.CD_void, CPU, ConstantDescs.CD_long);
	private static final int REGISTERS_IN_LOCALS = 19;
	/** So many targets of an indirect branch are compared one after the other. */
	private static final int COMPARED_TARGETS = 3;

	private final List<Node> nodes;
	private final List<Instruction> generic = new ArrayList<>();
	private final List<Handler> handlers = new ArrayList<>();
	private final FlagFlow flow;
	private final Label[] starts;
	private final Label leave;
	private int used;
	private int changed;
	private boolean vectorial;
	private int vectorsUsed;
	private int vectorsChanged;
	private int node;

	RegionCode(CodeBuilder c, List<Node> nodes) {
		super(c);
		this.nodes = nodes;
		List<int[]> successors = new ArrayList<>();
		for (Node node : nodes) {
			successors.add(successors(node));
			for (Instruction i : node.instructions()) {
				used |= Forms.mentioned(i);
				changed |= Forms.changed(i);
				vectorial |= VectorForms.isTranslated(i);
				vectorsUsed |= VectorForms.named(i);
				vectorsChanged |= VectorForms.named(i) & VectorForms.changed(i);
			}
		}
		flow = new FlagFlow(nodes, successors);
		starts = new Label[nodes.size()];
		for (int n = 0; n < starts.length; n++) {
			starts[n] = c.newLabel();
		}
		leave = c.newLabel();
	}

	/** @return the instructions that handlers execute, as the method numbers them */
	List<Instruction> generic() {
		return generic;
	}

	/** @return the handlers of {@link #generic} */
	List<Handler> handlers() {
		return handlers;
	}

	private int[] successors(Node from) {
		List<Integer> found = new ArrayList<>();
		if (from.taken() != Node.OUTSIDE) {
			found.add(from.taken());
		}
		if (from.following() != Node.OUTSIDE && !from.calls()) {
			found.add(from.following());
		}
		if (from.branchesIndirectly()) {
			found.addAll(targets(from));
		}
		return found.stream().distinct().mapToInt(Integer::intValue).toArray();
	}

	/** Where an indirect branch may go inside the region; a return, behind every call. */
	private List<Integer> targets(Node from) {
		IntStream seen = Arrays.stream(from.targets());
		IntStream behindCalls = !from.returns() ? IntStream.empty()
			: nodes.stream().filter(n -> n.calls() && n.taken() != Node.OUTSIDE).mapToInt(Node::following).filter(n -> n != Node.OUTSIDE);
		return IntStream.concat(seen, behindCalls).distinct().boxed().toList();
	}

	/** @return whether SSE instructions have become bytecode */
	boolean vectorial() {
		return vectorial;
	}

	/** Writes all of the method. */
	void write() {
		enter();
		Label begin = c.newBoundLabel();
		for (node = 0; node < nodes.size(); node++) {
			block(nodes.get(node));
		}
		Label end = c.newBoundLabel();
		c.labelBinding(leave);
		spillRegisters(changed);
		spillVectors(vectorsChanged);
		spillFlags();
		result();
		Label fault = c.newBoundLabel();
		c.pop();
		handleFault();
		c.exceptionCatch(begin, end, fault, describe(GuestFault.class));
	}

	private void enter() {
		loadRegisters(used);
		loadFlags();
		loadVectors(vectorsUsed);
		c.iconst_0().istore(AT).iconst_0().istore(WAY).lconst_0().lstore(COUNT);
		field("readTable", ConstantDescs.CD_long);
		c.lstore(READ_TABLE);
		field("writeTable", ConstantDescs.CD_long);
		c.lstore(WRITE_TABLE);
		field("generation", ConstantDescs.CD_long);
		c.lstore(GENERATION);
	}

	private void field(String name, ClassDesc type) {
		c.aload(PROCESSOR).getfield(CPU, name, type);
	}

	private void loadRegisters(int set) {
		for (int n = 0; n < REGISTERS_IN_LOCALS; n++) {
			if ((set >>> n & 1) != 0) {
				field("r", LONGS);
				c.loadConstant(n).laload();
				store(n);
			}
		}
	}

	private void spillRegisters(int set) {
		for (int n = 0; n < 16; n++) {
			if ((set >>> n & 1) != 0) {
				field("r", LONGS);
				c.loadConstant(n);
				load(n);
				c.lastore();
			}
		}
	}

	private void loadFlags() {
		field("flagKind", ConstantDescs.CD_int);
		c.istore(FLAG_KIND);
		field("flagA", ConstantDescs.CD_long);
		c.lstore(FLAG_A);
		field("flagB", ConstantDescs.CD_long);
		c.lstore(FLAG_B);
		field("flagResult", ConstantDescs.CD_long);
		c.lstore(FLAG_RESULT);
	}

	private void spillFlags() {
		c.aload(PROCESSOR).iload(FLAG_KIND).putfield(CPU, "flagKind", ConstantDescs.CD_int)
			.aload(PROCESSOR).lload(FLAG_A).putfield(CPU, "flagA", ConstantDescs.CD_long)
			.aload(PROCESSOR).lload(FLAG_B).putfield(CPU, "flagB", ConstantDescs.CD_long)
			.aload(PROCESSOR).lload(FLAG_RESULT).putfield(CPU, "flagResult", ConstantDescs.CD_long);
	}

	private void result() {
		c.lload(COUNT).loadConstant(Region.COUNT_SHIFT).lshl().iload(WAY).i2l().lor().lreturn();
	}

	private void handleFault() {
		Label spilled = c.newLabel();
		Label done = c.newLabel();
		spillVectors(vectorsChanged);
		c.iload(AT).iflt(spilled);
		spillRegisters(changed);
		spillFlags();
		c.goto_(done);
		c.labelBinding(spilled);
		c.iload(AT).iconst_m1().ixor().istore(AT);
		c.labelBinding(done);
		c.iload(AT).loadConstant(Region.KIND_BITS).ishl().loadConstant(Region.FAULT).ior().istore(WAY);
		result();
	}

	private void block(Node here) {
		c.labelBinding(starts[node]);
		state = flow.atStart(node);
		Instruction[] instructions = here.instructions();
		c.lload(COUNT).loadConstant((long) instructions.length).ladd().lstore(COUNT);
		for (int n = 0; n < instructions.length; n++) {
			Instruction i = instructions[n];
			if (!Forms.isTranslated(i)) {
				boolean last = n == instructions.length - 1;
				handler(here, n);
				if (last && leavesLine(i)) {
					endByHandler(here);
					return;
				}
			} else {
				if (Forms.mayFault(i)) {
					at(n);
				}
				if (n == instructions.length - 1 && branch(here, i)) {
					return;
				}
				translated(here, n);
			}
		}
		go(here, here.following(), Region.FOLLOWING);
	}

	private void at(int number) {
		c.loadConstant(node << Region.NUMBER_BITS | number).istore(AT);
	}

	/** @return true if an instruction that is not translated ends a block: it then is the last one */
	private static boolean leavesLine(Instruction i) {
		return i.repeat || i.repeatNot || i.opcode.group() == Opcode.Group.SYSTEM || switch (i.opcode) {
			case CALL_INDIRECT, JMP_INDIRECT, RET, LOOP, LOOPE, LOOPNE, JCXZ, POPF -> true;
			default -> false;
		};
	}

	/** Has a handler execute an instruction. */
	private void handler(Node here, int number) {
		Instruction i = here.instructions()[number];
		boolean confined = Forms.isConfined(i);
		if (confined) {
			at(number);
			spillRegisters(Forms.mentioned(i) & changed);
		} else {
			spillRegisters(changed);
			spillFlags();
			c.loadConstant(~(node << Region.NUMBER_BITS | number)).istore(AT);
		}
		spillVectors(VectorForms.mentioned(i) & vectorsChanged);
		c.aload(THIS).aload(PROCESSOR).loadConstant(generic.size()).invokevirtual(REGION, "generic", GENERIC);
		generic.add(i);
		handlers.add(here.handlers()[number]);
		loadRegisters(confined ? Forms.changed(i) : used);
		loadVectors(VectorForms.changed(i) & vectorsUsed);
		if (!confined || i.opcode.flagDefinitions() != 0) {
			loadFlags();
		}
		state = FlagFlow.after(state, i, -1);
	}

	private void translated(Node here, int number) {
		Instruction i = here.instructions()[number];
		int live = flow.liveAfter(node, number);
		if (i.opcode == Opcode.DIV || i.opcode == Opcode.IDIV) {
			orHandler(here, number, rare -> divide(i, rare));
		} else if (Forms.isAtomic(i)) {
			orHandler(here, number, rare -> replaceAtomically(i, live != 0, rare));
		} else if (i.opcode.group() != Opcode.Group.SSE) {
			write(i, live);
		} else if (VectorForms.isFloat(i)) {
			arithmetic(i, live != 0);
		} else {
			vector(i);
		}
	}

	/** Writes the usual way of an instruction, and its handler for what goes to the label that it is given. */
	private void orHandler(Node here, int number, Consumer<Label> usual) {
		Label rare = c.newLabel();
		Label done = c.newLabel();
		FlagState before = state;
		usual.accept(rare);
		FlagState after = state;
		c.goto_(done);
		c.labelBinding(rare);
		state = before;
		handler(here, number);
		// The handler defines flags in the same way
		state = after;
		c.labelBinding(done);
	}

	/** Divides where the quotient fits and a machine division gives it. */
	private void divide(Instruction i, Label rare) {
		boolean signed = i.opcode == Opcode.IDIV;
		loadDestination(i, false);
		widen(i.operandSize);
		if (i.operandSize == 8) {
			dividend64(signed, rare);
		} else {
			dividend32(signed, rare);
		}
		quotient(signed);
		if (signed && i.operandSize == 4) {
			c.lload(VALUE).lload(VALUE).l2i().i2l().lcmp().ifne(rare);
		}
		c.lload(ADDRESS).lload(OTHER);
		if (signed) {
			c.lrem();
		} else {
			c.invokestatic(ConstantDescs.CD_Long, "remainderUnsigned", OF_LONGS);
		}
		narrow(i.operandSize);
		storeRegister(Cpu.RDX, i.operandSize);
		c.lload(VALUE);
		narrow(i.operandSize);
		storeRegister(Cpu.RAX, i.operandSize);
	}

	/** Pops the divisor into {@link #OTHER} and puts the dividend into {@link #ADDRESS}, if it has no upper half. */
	private void dividend64(boolean signed, Label rare) {
		c.lstore(OTHER);
		load(Cpu.RAX);
		c.lstore(ADDRESS);
		load(Cpu.RDX);
		if (signed) {
			c.lload(ADDRESS).bipush(63).lshr().lcmp().ifne(rare);
			// Neither 0 nor -1
			c.lload(OTHER).lconst_1().ladd().loadConstant(-2L).land().lconst_0().lcmp().ifeq(rare);
		} else {
			c.lconst_0().lcmp().ifne(rare).lload(OTHER).lconst_0().lcmp().ifeq(rare);
		}
	}

	private void dividend32(boolean signed, Label rare) {
		if (!signed) {
			low32();
		}
		c.lstore(OTHER);
		load(Cpu.RDX);
		low32();
		c.lstore(VALUE);
		if (signed) {
			c.lload(OTHER).lconst_0().lcmp().ifeq(rare);
		} else {
			c.lload(VALUE).lload(OTHER).lcmp().ifge(rare);
		}
		c.lload(VALUE).bipush(32).lshl();
		load(Cpu.RAX);
		low32();
		c.lor().lstore(ADDRESS);
	}

	private void quotient(boolean signed) {
		c.lload(ADDRESS).lload(OTHER);
		if (signed) {
			c.ldiv();
		} else {
			c.invokestatic(ConstantDescs.CD_Long, "divideUnsigned", OF_LONGS);
		}
		c.lstore(VALUE);
	}

	/** Behind a handler that may have gone anywhere: a string instruction mostly has not, nor has one that reads what the hypervisor has. */
	private void endByHandler(Node here) {
		Opcode opcode = here.last().opcode;
		boolean reads = opcode == Opcode.CPUID || opcode == Opcode.RDMSR;
		if (here.following() != Node.OUTSIDE && (reads || opcode.group() == Opcode.Group.INTEGER && opcode != Opcode.POPF)) {
			Label elsewhere = c.newLabel();
			if (reads) {
				// A guest may become idle by a read
				field("attention", ConstantDescs.CD_int);
				c.ifne(elsewhere);
			}
			field("nextRip", ConstantDescs.CD_long);
			c.loadConstant(here.end()).lcmp().ifne(elsewhere);
			field("exit", EXIT);
			c.getfield(EXIT, "kind", EXIT_KIND).getstatic(EXIT_KIND, "NONE", EXIT_KIND).if_acmpne(elsewhere);
			go(here, here.following(), Region.FOLLOWING);
			c.labelBinding(elsewhere);
		}
		leave(Region.INDIRECT);
	}

	/** Leaves the region behind the present block. */
	private void leave(int way) {
		c.loadConstant(node << Region.KIND_BITS + Region.NUMBER_BITS | way).istore(WAY).goto_(leave);
	}

	/** Goes on in another block; leaves the region if that is outside, or attention is asked for. */
	private void go(Node here, int to, int way) {
		if (to == Node.OUTSIDE) {
			leave(way);
		} else if (FlagFlow.isBackward(here, nodes.get(to))) {
			field("attention", ConstantDescs.CD_int);
			c.ifeq(starts[to]);
			leave(way);
		} else if (to != node + 1) {
			c.goto_(starts[to]);
		}
	}

	/** Writes the branch at the end of a block. @return false if the instruction is none */
	private boolean branch(Node here, Instruction i) {
		switch (i.opcode) {
			case JMP -> go(here, here.taken(), Region.TAKEN);
			case JCC -> {
				Label jump = c.newLabel();
				boolean straight = here.taken() != Node.OUTSIDE && !FlagFlow.isBackward(here, nodes.get(here.taken()));
				jumpIf(i.condition, straight ? starts[here.taken()] : jump);
				if (straight) {
					go(here, here.following(), Region.FOLLOWING);
					return true;
				}
				boolean next = here.following() == node + 1;
				Label behind = c.newLabel();
				if (next) {
					c.goto_(behind);
				} else {
					go(here, here.following(), Region.FOLLOWING);
				}
				c.labelBinding(jump);
				go(here, here.taken(), Region.TAKEN);
				c.labelBinding(behind);
			}
			case CALL -> {
				c.loadConstant(here.end()).lstore(VALUE);
				pushValue();
				go(here, here.taken(), Region.TAKEN);
			}
			case CALL_INDIRECT, JMP_INDIRECT -> {
				loadDestination(i, false);
				c.lstore(OTHER);
				canonical();
				if (i.opcode == Opcode.CALL_INDIRECT) {
					c.loadConstant(here.end()).lstore(VALUE);
					pushValue();
				}
				dispatch(here);
			}
			case RET -> {
				load(Cpu.RSP);
				c.lstore(ADDRESS);
				read(8);
				c.lstore(OTHER);
				canonical();
				load(Cpu.RSP);
				c.loadConstant(8 + i.immediate).ladd();
				store(Cpu.RSP);
				dispatch(here);
			}
			default -> {
				return false;
			}
		}
		return true;
	}

	private void canonical() {
		c.aload(PROCESSOR).lload(OTHER).invokestatic(ACCESS, "canonical", CANONICAL);
	}

	/** Goes to the block at {@link #OTHER} if the branch may lead there, else leaves the region. */
	private void dispatch(Node here) {
		List<Integer> targets = targets(here);
		Label other = c.newLabel();
		if (targets.size() > COMPARED_TARGETS) {
			select(here, targets, other);
		} else {
			for (int target : targets) {
				Label next = c.newLabel();
				c.lload(OTHER).loadConstant(nodes.get(target).rip()).lcmp().ifne(next);
				enter(here, target, other);
				c.labelBinding(next);
			}
		}
		c.labelBinding(other);
		c.aload(PROCESSOR).lload(OTHER).putfield(CPU, "nextRip", ConstantDescs.CD_long);
		leave(Region.INDIRECT);
	}

	/** Picks one of many targets by its distance from the region's entry. */
	private void select(Node here, List<Integer> targets, Label other) {
		long origin = nodes.getFirst().rip();
		c.lload(OTHER).loadConstant(origin).lsub().dup2().l2i().istore(CARRY).iload(CARRY).i2l().lcmp().ifne(other);
		List<SwitchCase> cases = new ArrayList<>();
		for (int target : targets) {
			long distance = nodes.get(target).rip() - origin;
			if (distance == (int) distance) {
				cases.add(SwitchCase.of((int) distance, c.newLabel()));
			}
		}
		cases.sort(Comparator.comparingInt(SwitchCase::caseValue));
		c.iload(CARRY).lookupswitch(other, cases);
		for (int target : targets) {
			for (SwitchCase found : cases) {
				if (found.caseValue() == nodes.get(target).rip() - origin) {
					c.labelBinding(found.target());
					enter(here, target, other);
				}
			}
		}
	}

	private void enter(Node here, int target, Label other) {
		if (FlagFlow.isBackward(here, nodes.get(target))) {
			field("attention", ConstantDescs.CD_int);
			c.ifeq(starts[target]);
			c.goto_(other);
		} else {
			c.goto_(starts[target]);
		}
	}
}
