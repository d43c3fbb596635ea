package mshv.backend.emu.translate;

import java.lang.classfile.ClassFile;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import java.util.List;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.exec.Handler;
import mshv.backend.emu.isa.Instruction;

/** Makes regions of blocks. Any thread; keeps nothing of what it made. */
public final class Translator {
	/** HotSpot compiles no method of more than 8000 bytes, and large ones slowly. */
	private static final int MAX_BYTES = 7000;
	/** With more than one in so many instructions left to handlers the interpreter is as fast. */
	private static final int HANDLED = 4;
	/** A region of fewer instructions is compiled at once. */
	private static final int SMALL = 8;

	private static final ClassDesc NAME = ClassDesc.of(Translator.class.getPackageName(), "Translated");
	private static final ClassDesc SUPER = Code.describe(Region.class);
	private static final MethodTypeDesc CONSTRUCTOR = MethodTypeDesc.of(ConstantDescs.CD_void, Code.describe(Instruction[].class),
		Code.describe(Handler[].class), ConstantDescs.CD_boolean);
	private static final MethodTypeDesc RUN = MethodTypeDesc.of(ConstantDescs.CD_long, Code.describe(Cpu.class));
	private static final int CODE_SLOT = 0;

	private final MethodHandles.Lookup lookup = MethodHandles.lookup();

	/** A translator. */
	public Translator() {}

	/** Translates blocks.
	 * @param nodes at most {@value Region#MAX_NODES}, the first one is where the region is entered
	 * @return the region, or null if its code would be too large or too little of it translated: try fewer blocks */
	public Region translate(List<Node> nodes) {
		if (!isWorthwhile(nodes)) {
			return null;
		}
		RegionCode[] code = new RegionCode[1];
		ClassFile file = ClassFile.of();
		byte[] bytes = file.build(NAME, type -> {
			type.withSuperclass(SUPER).withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER);
			type.withMethodBody(ConstantDescs.INIT_NAME, CONSTRUCTOR, 0, c -> c.aload(0).aload(1).aload(2).iload(3)
				.invokespecial(SUPER, ConstantDescs.INIT_NAME, CONSTRUCTOR).return_());
			type.withMethodBody("run", RUN, ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL, c -> {
				code[CODE_SLOT] = new RegionCode(c, nodes);
				code[CODE_SLOT].write();
			});
		});
		if (size(file, bytes) > MAX_BYTES) {
			return null;
		}
		try {
			MethodHandles.Lookup hidden = lookup.defineHiddenClass(bytes, true);
			MethodType type = MethodType.methodType(void.class, Instruction[].class, Handler[].class, boolean.class);
			return (Region) hidden.findConstructor(hidden.lookupClass(), type).invoke(code[CODE_SLOT].generic().toArray(Instruction[]::new),
				code[CODE_SLOT].handlers().toArray(Handler[]::new), code[CODE_SLOT].vectorial());
		} catch (Throwable e) {
			throw new IllegalStateException("translated code was refused", e);
		}
	}

	private static boolean isWorthwhile(List<Node> nodes) {
		long all = nodes.stream().mapToLong(node -> node.instructions().length).sum();
		long handled = nodes.stream().flatMap(node -> Arrays.stream(node.instructions()))
			.filter(i -> !Forms.isTranslated(i)).count();
		return all < SMALL || handled * HANDLED <= all;
	}

	private static int size(ClassFile file, byte[] bytes) {
		return file.parse(bytes).methods().stream().flatMap(method -> method.code().stream())
			.mapToInt(code -> ((CodeAttribute) code).codeLength()).max().orElseThrow();
	}
}
