package mshv.gateway;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import java.util.function.Function;

import mshv.api.Errno;
import mshv.api.GpaAccess;
import mshv.api.HvStatus;
import mshv.api.PassThroughCall;
import mshv.api.PassThroughResult;
import mshv.api.Register;
import mshv.api.VirtualProcessor;
import mshv.api.abi.AssertVirtualInterruptInput;
import mshv.api.abi.CallCode;
import mshv.api.abi.CpuidInterceptResult;
import mshv.api.abi.CpuidLeafInput;
import mshv.api.abi.CpuidValuesInput;
import mshv.api.abi.InstallInterceptInput;
import mshv.api.abi.InterceptResultInput;
import mshv.api.abi.MshvDeprecatedIoctl;
import mshv.api.abi.PartitionPropertyInput;
import mshv.api.abi.PostMessageDirectInput;
import mshv.api.abi.RegisterAssociation;
import mshv.api.abi.SetPartitionPropertyInput;
import mshv.api.abi.SignalEventDirectInput;
import mshv.api.abi.TranslateVirtualAddressInput;
import mshv.api.abi.TranslateVirtualAddressOutput;
import mshv.api.abi.VpRegistersInput;

/** Ioctls that have become hypercalls which are handed through: makes those. */
final class DeprecatedCalls {
	private static final int PAGE_SHIFT = 12;
	private static final int PAGE_OFFSET = 4095;
	/** Registers of one hypercall: as many as fit into the input page with their values. */
	private static final int BATCH = (PassThroughCall.MAX_SIZE - VpRegistersInput.SIZE) / RegisterAssociation.SIZE;
	private static final int VALUE_SIZE = 16;
	/** CPUID for the processor as it is, with what is registered. */
	private static final int CPUID_OWN = 3;

	private final Caller caller;
	private final long argument;
	private final Function<PassThroughCall, PassThroughResult> hypervisor;
	/** -errno of a call that failed. */
	private long failure;

	private DeprecatedCalls(Caller caller, long argument, Function<PassThroughCall, PassThroughResult> hypervisor) {
		this.caller = caller;
		this.argument = argument;
		this.hypervisor = hypervisor;
	}

	/** @param hypervisor makes a call that is handed through
	 * @return the result, -errno; -ENOTTY if it is no such call of a partition */
	static long ofPartition(Caller caller, int command, long argument, Function<PassThroughCall, PassThroughResult> hypervisor) {
		DeprecatedCalls call = new DeprecatedCalls(caller, argument, hypervisor);
		return switch (command) {
			case MshvDeprecatedIoctl.INSTALL_INTERCEPT -> call.installIntercept();
			case MshvDeprecatedIoctl.ASSERT_INTERRUPT -> call.assertInterrupt();
			case MshvDeprecatedIoctl.SET_PARTITION_PROPERTY -> call.setProperty();
			case MshvDeprecatedIoctl.GET_PARTITION_PROPERTY -> call.getProperty();
			case MshvDeprecatedIoctl.SIGNAL_EVENT_DIRECT -> call.signalEvent();
			case MshvDeprecatedIoctl.POST_MESSAGE_DIRECT -> call.postMessage();
			case MshvDeprecatedIoctl.REGISTER_DELIVERABILITY_NOTIFICATIONS -> call.registerNotifications();
			default -> -Errno.ENOTTY.number();
		};
	}

	/** @return whether it is such a call of a processor */
	static boolean isOfProcessor(int command) {
		return switch (command) {
			case MshvDeprecatedIoctl.GET_VP_REGISTERS, MshvDeprecatedIoctl.SET_VP_REGISTERS, MshvDeprecatedIoctl.TRANSLATE_GVA,
				MshvDeprecatedIoctl.REGISTER_INTERCEPT_RESULT, MshvDeprecatedIoctl.GET_VP_CPUID_VALUES, MshvDeprecatedIoctl.READ_GPA,
				MshvDeprecatedIoctl.WRITE_GPA -> true;
			default -> false;
		};
	}

	/** @return the result, -errno */
	static long ofProcessor(Caller caller, int command, long argument, VirtualProcessor processor) {
		DeprecatedCalls call = new DeprecatedCalls(caller, argument, processor::passThrough);
		return switch (command) {
			case MshvDeprecatedIoctl.GET_VP_REGISTERS -> call.registers(processor.index(), false);
			case MshvDeprecatedIoctl.SET_VP_REGISTERS -> call.registers(processor.index(), true);
			case MshvDeprecatedIoctl.TRANSLATE_GVA -> call.translate(processor.index());
			case MshvDeprecatedIoctl.REGISTER_INTERCEPT_RESULT -> call.registerInterceptResult(processor.index());
			case MshvDeprecatedIoctl.GET_VP_CPUID_VALUES -> call.cpuid(processor.index());
			case MshvDeprecatedIoctl.READ_GPA -> call.readGpa(processor);
			case MshvDeprecatedIoctl.WRITE_GPA -> call.writeGpa(processor);
			default -> -Errno.ENOTTY.number();
		};
	}

	/** Makes a hypercall. @return its output; null if it failed, see {@link #failure} */
	private MemorySegment make(int code, int reps, int inputSize, Consumer<MemorySegment> input, int outputSize) {
		byte[] bytes = new byte[inputSize];
		input.accept(MemorySegment.ofArray(bytes));
		PassThroughResult result = hypervisor.apply(new PassThroughCall(code, reps, bytes, outputSize));
		if (!result.success()) {
			failure = -HvStatus.of(result.status()).errno().number();
			return null;
		}
		return MemorySegment.ofArray(result.output());
	}

	private long simple(int code, int inputSize, Consumer<MemorySegment> input) {
		return make(code, 0, inputSize, input, 0) == null ? failure : 0;
	}

	private void answer(long address, int size, Consumer<MemorySegment> writer) {
		MemorySegment room = caller.room(size);
		writer.accept(room);
		caller.write(address, room);
	}

	private long installIntercept() {
		MemorySegment in = caller.read(argument, 16);
		return simple(CallCode.INSTALL_INTERCEPT, InstallInterceptInput.SIZE,
			new InstallInterceptInput(0, in.get(JAVA_INT, 0), in.get(JAVA_INT, 4), in.get(JAVA_LONG, 8))::encode);
	}

	private long assertInterrupt() {
		MemorySegment in = caller.read(argument, 24);
		return simple(CallCode.ASSERT_VIRTUAL_INTERRUPT, AssertVirtualInterruptInput.SIZE, new AssertVirtualInterruptInput(0,
			in.get(JAVA_INT, 0), in.get(JAVA_INT, 4), in.get(JAVA_LONG, 8), in.get(JAVA_INT, 16), 0)::encode);
	}

	private long setProperty() {
		MemorySegment in = caller.read(argument, 16);
		return simple(CallCode.SET_PARTITION_PROPERTY, SetPartitionPropertyInput.SIZE,
			new SetPartitionPropertyInput(0, in.get(JAVA_INT, 0), in.get(JAVA_LONG, 8))::encode);
	}

	private long getProperty() {
		int property = caller.read(argument, 16).get(JAVA_INT, 0);
		MemorySegment value = make(CallCode.GET_PARTITION_PROPERTY, 0, PartitionPropertyInput.SIZE,
			new PartitionPropertyInput(0, property)::encode, 8);
		if (value == null) {
			return failure;
		}
		answer(argument + 8, 8, room -> room.copyFrom(value));
		return 0;
	}

	private long signalEvent() {
		MemorySegment in = caller.read(argument, 12);
		SignalEventDirectInput input = new SignalEventDirectInput(0, in.get(JAVA_INT, 0), in.get(JAVA_BYTE, 4) & 0xFF,
			in.get(JAVA_BYTE, 5) & 0xFF, in.get(JAVA_SHORT, 6) & 0xFFFF);
		MemorySegment fresh = make(CallCode.SIGNAL_EVENT_DIRECT, 0, SignalEventDirectInput.SIZE, input::encode, 8);
		if (fresh == null) {
			return failure;
		}
		answer(argument + 8, 1, room -> room.set(JAVA_BYTE, 0, fresh.get(JAVA_BYTE, 0)));
		return 0;
	}

	private long postMessage() {
		MemorySegment in = caller.read(argument, MshvDeprecatedIoctl.LIST_SIZE);
		int vp = in.get(JAVA_INT, 0);
		int vtl = in.get(JAVA_BYTE, 4) & 0xFF;
		int sint = in.get(JAVA_BYTE, 5) & 0xFF;
		int length = in.get(JAVA_SHORT, 6) & 0xFFFF;
		long address = in.get(JAVA_LONG, 8);
		byte[] message = new byte[PostMessageDirectInput.MESSAGE_SIZE];
		if (length > message.length) {
			return -Errno.EINVAL.number();
		}
		if (length > 0) {
			MemorySegment.copy(caller.read(address, length), JAVA_BYTE, 0, message, 0, length);
		}
		return simple(CallCode.POST_MESSAGE_DIRECT, PostMessageDirectInput.SIZE,
			new PostMessageDirectInput(0, vp, vtl, sint, message)::encode);
	}

	private long registerNotifications() {
		MemorySegment in = caller.read(argument, 16);
		int vp = in.get(JAVA_INT, 0);
		RegisterAssociation register = new RegisterAssociation(Register.DELIVERABILITY_NOTIFICATIONS.code(), in.get(JAVA_LONG, 8), 0);
		return make(CallCode.SET_VP_REGISTERS, 1, VpRegistersInput.SIZE + RegisterAssociation.SIZE, input -> {
			new VpRegistersInput(0, vp, 0).encode(input);
			register.encode(input.asSlice(VpRegistersInput.SIZE));
		}, 0) == null ? failure : 0;
	}

	private long registers(int vp, boolean set) {
		MemorySegment in = caller.read(argument, MshvDeprecatedIoctl.LIST_SIZE);
		int count = in.get(JAVA_INT, 0);
		long address = in.get(JAVA_LONG, 8);
		if (count < 1 || count > MshvDeprecatedIoctl.MAX_REGISTERS) {
			return -Errno.EINVAL.number();
		}
		for (int first = 0; first < count; first += BATCH) {
			int reps = Math.min(BATCH, count - first);
			long at = address + (long) first * RegisterAssociation.SIZE;
			if (!(set ? setRegisters(vp, at, reps) : getRegisters(vp, at, reps))) {
				return failure;
			}
		}
		return 0;
	}

	private boolean setRegisters(int vp, long address, int count) {
		int size = count * RegisterAssociation.SIZE;
		MemorySegment registers = caller.read(address, size);
		return make(CallCode.SET_VP_REGISTERS, count, VpRegistersInput.SIZE + size, input -> {
			new VpRegistersInput(0, vp, 0).encode(input);
			input.asSlice(VpRegistersInput.SIZE).copyFrom(registers);
		}, 0) != null;
	}

	private boolean getRegisters(int vp, long address, int count) {
		int size = count * RegisterAssociation.SIZE;
		MemorySegment registers = caller.read(address, size);
		MemorySegment values = make(CallCode.GET_VP_REGISTERS, count, VpRegistersInput.SIZE + count * Integer.BYTES, input -> {
			new VpRegistersInput(0, vp, 0).encode(input);
			for (int i = 0; i < count; i++) {
				int name = registers.get(JAVA_INT, (long) i * RegisterAssociation.SIZE);
				input.set(JAVA_INT.withByteAlignment(1), VpRegistersInput.SIZE + (long) i * Integer.BYTES, name);
			}
		}, count * VALUE_SIZE);
		if (values == null) {
			return false;
		}
		for (int i = 0; i < count; i++) {
			MemorySegment.copy(values, (long) i * VALUE_SIZE, registers, (long) (i + 1) * RegisterAssociation.SIZE - VALUE_SIZE, VALUE_SIZE);
		}
		caller.write(address, registers);
		return true;
	}

	private long translate(int vp) {
		MemorySegment in = caller.read(argument, 32);
		long address = in.get(JAVA_LONG, 0);
		long flags = in.get(JAVA_LONG, 8);
		long resultAt = in.get(JAVA_LONG, 16);
		long guestAddressAt = in.get(JAVA_LONG, 24);
		MemorySegment output = make(CallCode.TRANSLATE_VIRTUAL_ADDRESS, 0, TranslateVirtualAddressInput.SIZE,
			new TranslateVirtualAddressInput(0, vp, flags, address >>> PAGE_SHIFT)::encode, TranslateVirtualAddressOutput.SIZE);
		if (output == null) {
			return failure;
		}
		TranslateVirtualAddressOutput found = TranslateVirtualAddressOutput.decode(output);
		answer(resultAt, 8, room -> room.copyFrom(output.asSlice(0, 8)));
		answer(guestAddressAt, 8, room -> room.set(JAVA_LONG, 0, found.page() << PAGE_SHIFT | address & PAGE_OFFSET));
		return 0;
	}

	private long registerInterceptResult(int vp) {
		MemorySegment in = caller.read(argument, Integer.BYTES + CpuidInterceptResult.SIZE);
		return simple(CallCode.REGISTER_INTERCEPT_RESULT, InterceptResultInput.SIZE + CpuidInterceptResult.SIZE, input -> {
			new InterceptResultInput(0, vp, in.get(JAVA_INT, 0)).encode(input);
			input.asSlice(InterceptResultInput.SIZE).copyFrom(in.asSlice(Integer.BYTES));
		});
	}

	private long cpuid(int vp) {
		MemorySegment in = caller.read(argument, CpuidLeafInput.SIZE);
		MemorySegment registers = make(CallCode.GET_VP_CPUID_VALUES, 1, CpuidValuesInput.SIZE + CpuidLeafInput.SIZE, input -> {
			new CpuidValuesInput(0, vp, CPUID_OWN).encode(input);
			input.asSlice(CpuidValuesInput.SIZE).copyFrom(in);
		}, VALUE_SIZE);
		if (registers == null) {
			return failure;
		}
		answer(argument + CpuidLeafInput.SIZE, VALUE_SIZE, room -> room.copyFrom(registers));
		return 0;
	}

	/** The hypercall itself is not handed through. */
	private long readGpa(VirtualProcessor processor) {
		MemorySegment in = caller.read(argument, MshvDeprecatedIoctl.GPA_SIZE);
		GpaAccess access = processor.readGpa(in.get(JAVA_LONG, 0), in.get(JAVA_INT, 8));
		if (access.result() != GpaAccess.Result.SUCCESS) {
			return -Errno.EFAULT.number();
		}
		answer(argument + MshvDeprecatedIoctl.GPA_DATA, access.data().length, room -> room.copyFrom(MemorySegment.ofArray(access.data())));
		return 0;
	}

	private long writeGpa(VirtualProcessor processor) {
		MemorySegment in = caller.read(argument, MshvDeprecatedIoctl.GPA_SIZE);
		int count = in.get(JAVA_INT, 8);
		if (count < 1 || count > GpaAccess.MAX_SIZE) {
			return -Errno.EINVAL.number();
		}
		GpaAccess.Result result = processor.writeGpa(in.get(JAVA_LONG, 0),
			in.asSlice(MshvDeprecatedIoctl.GPA_DATA, count).toArray(JAVA_BYTE));
		return result == GpaAccess.Result.SUCCESS ? 0 : -Errno.EFAULT.number();
	}
}
